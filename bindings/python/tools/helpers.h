ltn_status ltnpy_lend(ltn_bytes** out, const uint8_t* data, size_t len, uint64_t id);
size_t ltnpy_released(uint64_t* ids, size_t capacity);
ltn_status ltnpy_turn(ltn_runtime* runtime, ltn_queue* queue, int64_t timeout_ms,
                      ltn_event* events, size_t* count, size_t capacity, int64_t* deadline_ms);
enum { LTNPY_CALL = 0, LTNPY_OPEN = 1, LTNPY_CONNECT = 2 };
ltn_status ltnpy_submit(ltn_client* client, ltn_op** op, int what, uint32_t flags,
                        const uint8_t* peer, const char* address, const char* type,
                        size_t type_len, const uint8_t* data, size_t data_len,
                        ltn_bytes* bytes, int64_t timeout_ms, int64_t first_chunk_ms,
                        int64_t chunk_ms, uint64_t window_bytes, uint64_t max_bytes,
                        int64_t priority, ltn_error* error);
extern "Python" void ltnpy_log(int32_t level, const char* event, const char* fields, void* user_data);
extern "Python" void ltnpy_observe(const uint8_t* key, const char* hotkey, const char* address,
                                   void* user_data);
extern "Python" void ltnpy_password(ltn_op* question, void* user_data);
