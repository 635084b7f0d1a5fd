// Prints the reference page of the options, from the tables that set them.
#include <cstdio>

#include "runtime/options.h"

int main()
{
    return std::fputs(ltn::runtime::options_page().c_str(), stdout) < 0 ? 1 : 0;
}
