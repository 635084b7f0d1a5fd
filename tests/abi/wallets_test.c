/* Key files through the header: places, passwords and who is asked for them. The files are those of
 * tests/vectors/wallet and of our own; each password that opens one costs a second and 512 MiB. */
#include "rig.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PASSWORD "correct horse battery staple"

static const char* const kRoot = LTN_TEST_DATA "/wallet/wallets";

static ltn_wallet named(const char* name)
{
    ltn_wallet wallet;
    assert_ok(ltn_wallet_init(&wallet, sizeof wallet));
    wallet.root = kRoot;
    wallet.name = name;
    return wallet;
}

static void expect_refused(const ltn_wallet* wallet, ltn_status status, const char* text)
{
    ltn_error* error = ltn_error_new();
    ltn_signer* signer = (ltn_signer*)1;
    assert_status(status, ltn_signer_new_wallet(&signer, wallet, error));
    assert_null(signer);
    if (strstr(ltn_error_text(error), text) == NULL) {
        fail_msg("expected \"%s\", got \"%s\"", text, ltn_error_text(error));
    }
    ltn_error_free(error);
}

static void expect_key(ltn_signer* signer, const char* hotkey)
{
    uint8_t key[LTN_KEY_LEN];
    char text[LTN_HOTKEY_TEXT_SIZE];
    assert_ok(ltn_signer_public_key(signer, key));
    assert_ok(ltn_hotkey_encode(text, sizeof text, NULL, key));
    assert_string_equal(hotkey, text);
}

/* 11.3: a hotkey under a custom root is found with the right order of arguments and signs. */
static void from_wallet_resolves_hotkey_with_custom_path(void** state)
{
    static const uint8_t message[] = "hello";
    ltn_wallet wallet = named("phrase");
    ltn_signer* signer = NULL;
    uint8_t key[LTN_KEY_LEN];
    uint8_t signature[LTN_SIGNATURE_LEN];
    (void)state;
    assert_ok(ltn_signer_new_wallet(&signer, &wallet, NULL));
    expect_key(signer, "5DfhGyQdFobKM8NsWvEeAKk5EQQgYe9AydgJ7rMB6E1EqRzV");
    assert_ok(ltn_signer_public_key(signer, key));
    assert_ok(ltn_signer_sign(signer, signature, message, sizeof message));
    assert_ok(ltn_signature_verify(key, message, sizeof message, signature, sizeof signature));
    ltn_signer_free(signer);
    wallet.hotkey = "phrase";
    wallet.name = "default";
    expect_refused(&wallet, LTN_ERR_IO, "/default/hotkeys/phrase: cannot open");
}

static void nonsense_in_the_struct_is_refused(void** state)
{
    ltn_wallet wallet = named("phrase");
    (void)state;
    assert_status(LTN_ERR_INVALID_ARGUMENT, ltn_wallet_init(&wallet, sizeof wallet - 1));
    wallet.path = "somewhere";
    expect_refused(&wallet, LTN_ERR_INVALID_ARGUMENT, "either path or root");
    wallet = named("../phrase");
    expect_refused(&wallet, LTN_ERR_CONFIG, "single path component");
    wallet = named("phrase");
    wallet.root = "";
    expect_refused(&wallet, LTN_ERR_INVALID_ARGUMENT, "must not be empty");
    wallet = named("phrase");
    wallet.flags = LTN_KEY_FILE_ENCRYPT;
    expect_refused(&wallet, LTN_ERR_INVALID_ARGUMENT, "flag");
    wallet.flags = 0;
    wallet.size = 8;
    expect_refused(&wallet, LTN_ERR_INVALID_ARGUMENT, "size too small");
    expect_refused(NULL, LTN_ERR_INVALID_ARGUMENT, "expected an ltn_wallet");
}

/* upstream-S21: the name of the hotkey is no password. */
static void name_of_the_hotkey_is_not_tried_as_a_password(void** state)
{
    ltn_wallet wallet = named("nacl-seed");
    (void)state;
    expect_refused(&wallet, LTN_ERR_PASSWORD, "encrypted: expected a password as argument");
}

typedef struct asked {
    int times;
    const char* answer;
    ltn_op* kept;
    pthread_t thread;
} asked;

static void* answer_later(void* user_data)
{
    asked* mine = user_data;
    rig_nap_ms(5);
    assert_ok(
        ltn_op_complete(mine->kept, (const uint8_t*)mine->answer, strlen(mine->answer), NULL));
    ltn_op_free(mine->kept);
    return NULL;
}

static void ask_on_a_thread(ltn_op* question, void* user_data)
{
    asked* mine = user_data;
    const uint8_t* path;
    size_t len;
    ++mine->times;
    assert_int_equal(LTN_OP_PASSWORD, ltn_op_kind(question));
    assert_ptr_equal(mine, ltn_op_user_data(question));
    assert_ok(ltn_op_data(question, &path, &len));
    assert_memory_equal("/default", path + len - 8, 8);
    assert_status(LTN_ERR_STATE, ltn_op_wait(question, 0));
    assert_status(LTN_ERR_STATE, ltn_op_send(question, path, len, 0, NULL));
    mine->kept = question;
    assert_int_equal(0, pthread_create(&mine->thread, NULL, answer_later, mine));
}

static void password_may_be_answered_later_and_from_another_thread(void** state)
{
    ltn_wallet wallet = named("nacl-seed");
    asked mine = {0, "testing", NULL, 0};
    ltn_signer* signer = NULL;
    (void)state;
    wallet.ask = ask_on_a_thread;
    wallet.user_data = &mine;
    assert_ok(ltn_signer_new_wallet(&signer, &wallet, NULL));
    pthread_join(mine.thread, NULL);
    assert_int_equal(1, mine.times);
    expect_key(signer, "5Gus7Q9JJLRvaUUbumaPwpLR2kwzEJUvMZmEo8XZa4g4Fg5P");
    ltn_signer_free(signer);
}

static void refuse(ltn_op* question, void* user_data)
{
    ++((asked*)user_data)->times;
    assert_ok(ltn_op_fail(question, "nobody is here"));
    assert_status(LTN_ERR_STATE, ltn_op_fail(question, "again"));
    ltn_op_free(question);
}

static void drop(ltn_op* question, void* user_data)
{
    ++((asked*)user_data)->times;
    ltn_op_free(question);
}

static void keep(ltn_op* question, void* user_data)
{
    ((asked*)user_data)->kept = question;
}

static void open_another(ltn_op* question, void* user_data)
{
    ltn_wallet wallet = named("phrase");
    (void)user_data;
    expect_refused(&wallet, LTN_ERR_WOULD_DEADLOCK, "not inside an upcall");
    ltn_op_free(question);
}

static void question_without_an_answer_ends_the_opening(void** state)
{
    ltn_wallet wallet = named("nacl-seed");
    asked mine = {0, NULL, NULL, 0};
    (void)state;
    wallet.user_data = &mine;
    wallet.ask = refuse;
    expect_refused(&wallet, LTN_ERR_PASSWORD, "no password: nobody is here");
    wallet.ask = drop;
    expect_refused(&wallet, LTN_ERR_PASSWORD, "freed without an answer");
    wallet.ask = open_another;
    expect_refused(&wallet, LTN_ERR_PASSWORD, "freed without an answer");
    wallet.ask = keep;
    wallet.ask_timeout_ms = 1;
    expect_refused(&wallet, LTN_ERR_DEADLINE, "no password within 1 ms");
    /* Too late is a status, and harms nobody. */
    assert_status(LTN_ERR_STATE, ltn_op_complete(mine.kept, (const uint8_t*)"testing", 7, NULL));
    ltn_op_free(mine.kept);
    /* A file that needs no password asks for none. */
    wallet.name = "seed";
    wallet.ask = refuse;
    mine.times = 0;
    {
        ltn_signer* signer = NULL;
        assert_ok(ltn_signer_new_wallet(&signer, &wallet, NULL));
        ltn_signer_free(signer);
    }
    assert_int_equal(0, mine.times);
}

static void written_wallet_opens_again_and_shows_its_public_side(void** state)
{
    char root[] = "/tmp/ltn-wallets-XXXXXX";
    char path[128];
    uint8_t seed[LTN_SEED_LEN];
    uint8_t key[LTN_KEY_LEN];
    uint8_t shown[LTN_KEY_LEN];
    ltn_wallet wallet;
    ltn_signer* signer = NULL;
    (void)state;
    assert_non_null(mkdtemp(root));
    memset(seed, 5, sizeof seed);
    assert_ok(ltn_wallet_init(&wallet, sizeof wallet));
    wallet.root = root;
    wallet.flags = LTN_KEY_FILE_COMPANION | LTN_KEY_FILE_ENCRYPT;
    assert_status(LTN_ERR_PASSWORD, ltn_wallet_write(&wallet, seed, NULL));
    wallet.password = (const uint8_t*)PASSWORD;
    wallet.password_len = strlen(PASSWORD);
    assert_ok(ltn_wallet_write(&wallet, seed, NULL));
    assert_status(LTN_ERR_IO, ltn_wallet_write(&wallet, seed, NULL));
    wallet.flags = 0;
    assert_ok(ltn_signer_new_wallet(&signer, &wallet, NULL));
    assert_string_equal("", ltn_signer_warning(signer));
    assert_ok(ltn_signer_public_key(signer, key));
    ltn_signer_free(signer);
    assert_ok(ltn_wallet_public_key(&wallet, shown, NULL));
    assert_memory_equal(key, shown, sizeof key);

    /* The plain form replaces it; who else may read it is told. */
    wallet.flags = LTN_KEY_FILE_OVERWRITE;
    assert_ok(ltn_wallet_write(&wallet, seed, NULL));
    (void)snprintf(path, sizeof path, "%s/default/hotkeys/default", root);
    assert_int_equal(0, chmod(path, 0644));
    assert_ok(ltn_signer_new_key_file(&signer, path, NULL));
    assert_non_null(strstr(ltn_signer_warning(signer), "others may use it (mode 0644)"));
    ltn_signer_free(signer);

    assert_int_equal(0, unlink(path));
    (void)snprintf(path, sizeof path, "%s/default/hotkeys/defaultpub.txt", root);
    assert_int_equal(0, unlink(path));
    (void)snprintf(path, sizeof path, "%s/default/hotkeys", root);
    assert_int_equal(0, rmdir(path));
    (void)snprintf(path, sizeof path, "%s/default", root);
    assert_int_equal(0, rmdir(path));
    assert_int_equal(0, rmdir(root));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(from_wallet_resolves_hotkey_with_custom_path),
        cmocka_unit_test(nonsense_in_the_struct_is_refused),
        cmocka_unit_test(name_of_the_hotkey_is_not_tried_as_a_password),
        cmocka_unit_test(password_may_be_answered_later_and_from_another_thread),
        cmocka_unit_test(question_without_an_answer_ends_the_opening),
        cmocka_unit_test(written_wallet_opens_again_and_shows_its_public_side),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
