"""The generated tables against the library that is loaded."""


def test_every_constant_has_the_value_of_the_library():
    from ltn import _generated
    from ltn._ffi import ffi, lib

    out = ffi.new("int64_t*")
    for table, prefix in (
        (_generated.CODES, "LTN_ERR_"),
        (_generated.CATEGORIES, "LTN_CATEGORY_"),
        (_generated.EVENTS, "LTN_EVENT_"),
        (_generated.DETAILS, "LTN_DETAIL_"),
    ):
        for name, value in table.items():
            if name == "OK":
                continue
            assert lib.ltn_constant(out, (prefix + name).encode()) == 0, name
            assert out[0] == value, name
