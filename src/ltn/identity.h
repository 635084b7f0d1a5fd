// Who we are: the signer that --seed, --wallet, --key or LTN_SEED stands for.
#pragma once

#include "library.h"
#include "options.h"

namespace ltn_program {

// An option wins over LTN_SEED. Throws a Failure (exit status 3) when there is no usable key.
Signer make_signer(Options& options);

// The key file that the options name, with what they say about its password; reads as the library does.
// Lives as long as the options.
class KeyPlace {
public:
    explicit KeyPlace(Options& options);
    // Asks the person at the terminal when nothing else says the password; twice for a new one.
    void ask_at_terminal(bool twice);
    ltn_wallet& wallet() { return wallet_; }
    std::string path() const;

private:
    static void ask(ltn_op* question, void* user_data);

    ltn_wallet wallet_;
    std::string root_;
    std::string name_;
    std::string hotkey_;
    bool twice_ = false;
};

}  // namespace ltn_program
