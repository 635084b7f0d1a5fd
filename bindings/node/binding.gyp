{
  "targets": [
    {
      "target_name": "ltn",
      "sources": [
        "src/addon.cpp", "src/instance.cpp", "src/convert.cpp", "src/hop.cpp", "src/keys.cpp", "src/signer.cpp",
        "src/runtime.cpp", "src/client.cpp", "src/server.cpp", "src/op.cpp", "src/pictures.cpp", "src/wallet.cpp"
      ],
      "include_dirs": ["<!(node -p \"require('node-addon-api').include_dir\")"],
      "defines": ["NODE_ADDON_API_DISABLE_DEPRECATED", "NAPI_DISABLE_CPP_EXCEPTIONS", "NAPI_VERSION=8"],
      "cflags": ["<!@(pkg-config --cflags ltn)", "-fvisibility=hidden", "-Wall", "-Wextra"],
      "cflags_cc!": ["-std=gnu++17", "-std=gnu++20"],
      "cflags_cc": ["-std=c++20"],
      "libraries": [
        "<!@(pkg-config --libs ltn)",
        "-Wl,-rpath,'$$ORIGIN'",
        "-Wl,-rpath,<!(pkg-config --variable=libdir ltn)"
      ],
      "xcode_settings": {
        "CLANG_CXX_LANGUAGE_STANDARD": "c++20",
        "OTHER_CFLAGS": ["<!@(pkg-config --cflags ltn)"],
        "MACOSX_DEPLOYMENT_TARGET": "11.0"
      }
    }
  ]
}
