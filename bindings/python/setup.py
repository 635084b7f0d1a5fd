from setuptools import setup

setup(cffi_modules=["ltn_build.py:ffibuilder"])
