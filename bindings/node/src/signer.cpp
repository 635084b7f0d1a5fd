#include "boxes.h"
#include "convert.h"
#include "modules.h"
#include "wallet.h"

namespace ltn_node {

namespace {

Napi::Value wrap(Napi::Env env, ltn_signer* signer)
{
    return give_box(env, new SignerBox{signer});
}

Napi::Value new_seed(const Napi::CallbackInfo& info)
{
    if (!is_bytes(info[0], LTN_SEED_LEN)) {
        return status_value(info.Env(), LTN_ERR_INVALID_ARGUMENT);
    }
    ltn_signer* signer = nullptr;
    const ltn_status status =
        ltn_signer_new_seed(&signer, bytes_of(info[0]).data, Instance::of(info.Env()).error());
    if (status != LTN_OK) return status_value(info.Env(), status);
    return wrap(info.Env(), signer);
}

/* signerNewQueue(key, tag): its questions come like requests, with the tag. */
Napi::Value new_queue(const Napi::CallbackInfo& info)
{
    Instance& self = Instance::of(info.Env());
    if (!is_bytes(info[0], LTN_KEY_LEN)) return status_value(info.Env(), LTN_ERR_INVALID_ARGUMENT);
    ltn_signer* signer = nullptr;
    const ltn_status status = ltn_signer_new_queue(&signer, bytes_of(info[0]).data, self.queue(),
                                                   id_of(info[1]), self.error());
    if (status != LTN_OK) return status_value(info.Env(), status);
    return wrap(info.Env(), signer);
}

Napi::Value public_key(const Napi::CallbackInfo& info)
{
    uint8_t key[LTN_KEY_LEN];
    const ltn_status status = ltn_signer_public_key(external_of<SignerBox>(info[0])->handle, key);
    if (status != LTN_OK) return status_value(info.Env(), status);
    return copy_buffer(info.Env(), key, sizeof key);
}

Napi::Value warning(const Napi::CallbackInfo& info)
{
    return Napi::String::New(info.Env(),
                             ltn_signer_warning(external_of<SignerBox>(info[0])->handle));
}

Napi::Value sign(const Napi::CallbackInfo& info)
{
    uint8_t signature[LTN_SIGNATURE_LEN];
    const Span message = bytes_of(info[1]);
    const ltn_status status = ltn_signer_sign(external_of<SignerBox>(info[0])->handle, signature,
                                              message.data, message.len);
    if (status != LTN_OK) return status_value(info.Env(), status);
    return copy_buffer(info.Env(), signature, sizeof signature);
}

/* signerOpenWallet(wallet): a promise of [external] or [status, category, retriable, text]. */
Napi::Value open_wallet(const Napi::CallbackInfo& info)
{
    return WalletWork::open(info.Env(), info[0].As<Napi::Object>());
}

/* walletWrite(wallet object, seed): a promise as above. */
Napi::Value write_wallet(const Napi::CallbackInfo& info)
{
    if (!is_bytes(info[1], LTN_SEED_LEN)) {
        return status_value(info.Env(), LTN_ERR_INVALID_ARGUMENT);
    }
    return WalletWork::write(info.Env(), info[0].As<Napi::Object>(), bytes_of(info[1]).data);
}

Napi::Value wallet_public_key(const Napi::CallbackInfo& info)
{
    uint8_t key[LTN_KEY_LEN];
    WalletFields fields(info[0].As<Napi::Object>());
    const ltn_wallet wallet = fields.wallet();
    const ltn_status status = ltn_wallet_public_key(&wallet, key, Instance::of(info.Env()).error());
    if (status != LTN_OK) return status_value(info.Env(), status);
    return copy_buffer(info.Env(), key, sizeof key);
}

}  // namespace

void add_signers(Napi::Env env, Napi::Object exports)
{
    add(env, exports, "signerNewSeed", new_seed);
    add(env, exports, "signerNewQueue", new_queue);
    add(env, exports, "signerPublicKey", public_key);
    add(env, exports, "signerWarning", warning);
    add(env, exports, "signerSign", sign);
    add(env, exports, "signerOpenWallet", open_wallet);
    add(env, exports, "walletWrite", write_wallet);
    add(env, exports, "walletPublicKey", wallet_public_key);
}

}  // namespace ltn_node
