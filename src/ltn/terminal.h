// A person at a terminal, asked for a password.
#pragma once

#include <string>

#include "secrets.h"

namespace ltn_program {

// Somebody who can be asked: standard input and standard error are a terminal.
bool has_terminal();

// Shows `prompt` on standard error and reads a line without echo. False when nothing came.
bool read_password(const std::string& prompt, SecretText& out);

}  // namespace ltn_program
