// SPDX-License-Identifier: MIT OR Apache-2.0
#include "session/peers/row_store.hpp"

#include <signal/signal_protocol.h>

namespace sotto::peers {
namespace {

Rows& rows_of(void* state) {
  return static_cast<SignalC::State*>(state)->rows;
}

std::string row_name(std::string_view kind, const signal_protocol_address* address) {
  return peers::row_name(kind, std::string_view(address->name, address->name_len));
}

/// 1 and a copy, or 0.
int load(signal_buffer** out, const std::string& row, void* state) {
  const auto found = rows_of(state).find(row);
  if (found == rows_of(state).end()) return 0;
  *out = signal_buffer_create(found->second.data(), found->second.size());
  return *out != nullptr ? 1 : SG_ERR_NOMEM;
}

int keep(const std::string& row, const std::uint8_t* data, std::size_t size, void* state) {
  rows_of(state)[row] = Blob(data, data + size);
  return SG_SUCCESS;
}

int drop(const std::string& row, void* state) {
  return static_cast<int>(rows_of(state).erase(row));
}

int holds(const std::string& row, void* state) {
  return rows_of(state).contains(row) ? 1 : 0;
}

signal_protocol_session_store sessions() {
  signal_protocol_session_store store{};
  store.load_session_func = [](signal_buffer** record, signal_buffer** /*user_record*/,
                               const signal_protocol_address* address, void* state) {
    return load(record, row_name("session", address), state);
  };
  store.get_sub_device_sessions_func = [](signal_int_list** list, const char*, std::size_t, void*) {
    *list = signal_int_list_alloc();
    return *list != nullptr ? SG_SUCCESS : SG_ERR_NOMEM;
  };
  store.store_session_func = [](const signal_protocol_address* address, std::uint8_t* data,
                                std::size_t size, std::uint8_t*, std::size_t, void* state) {
    return keep(row_name("session", address), data, size, state);
  };
  store.contains_session_func = [](const signal_protocol_address* address, void* state) {
    return holds(row_name("session", address), state);
  };
  store.delete_session_func = [](const signal_protocol_address* address, void* state) {
    return drop(row_name("session", address), state);
  };
  store.delete_all_sessions_func = [](const char*, std::size_t, void*) { return 0; };
  return store;
}

signal_protocol_pre_key_store one_time_prekeys() {
  signal_protocol_pre_key_store store{};
  store.load_pre_key = [](signal_buffer** record, std::uint32_t id, void* state) {
    const int found = load(record, peers::row_name("one-time", id), state);
    return found == 0 ? SG_ERR_INVALID_KEY_ID : found < 0 ? found : SG_SUCCESS;
  };
  store.store_pre_key = [](std::uint32_t id, std::uint8_t* data, std::size_t size, void* state) {
    return keep(peers::row_name("one-time", id), data, size, state);
  };
  store.contains_pre_key = [](std::uint32_t id, void* state) {
    return holds(peers::row_name("one-time", id), state);
  };
  store.remove_pre_key = [](std::uint32_t id, void* state) {
    drop(peers::row_name("one-time", id), state);
    return SG_SUCCESS;
  };
  return store;
}

signal_protocol_signed_pre_key_store signed_prekeys() {
  signal_protocol_signed_pre_key_store store{};
  store.load_signed_pre_key = [](signal_buffer** record, std::uint32_t id, void* state) {
    const int found = load(record, peers::row_name("signed", id), state);
    return found == 0 ? SG_ERR_INVALID_KEY_ID : found < 0 ? found : SG_SUCCESS;
  };
  store.store_signed_pre_key = [](std::uint32_t id, std::uint8_t* data, std::size_t size,
                                  void* state) {
    return keep(peers::row_name("signed", id), data, size, state);
  };
  store.contains_signed_pre_key = [](std::uint32_t id, void* state) {
    return holds(peers::row_name("signed", id), state);
  };
  store.remove_signed_pre_key = [](std::uint32_t id, void* state) {
    drop(peers::row_name("signed", id), state);
    return SG_SUCCESS;
  };
  return store;
}

signal_protocol_identity_key_store identities() {
  signal_protocol_identity_key_store store{};
  store.get_identity_key_pair = [](signal_buffer** public_key, signal_buffer** secret,
                                   void* context) {
    const auto& state = *static_cast<SignalC::State*>(context);
    *public_key = signal_buffer_create(state.identity_public.data(), state.identity_public.size());
    *secret = signal_buffer_create(state.identity_secret.data(), state.identity_secret.size());
    return *public_key != nullptr && *secret != nullptr ? SG_SUCCESS : SG_ERR_NOMEM;
  };
  store.get_local_registration_id = [](void* context, std::uint32_t* registration) {
    *registration = static_cast<SignalC::State*>(context)->registration;
    return SG_SUCCESS;
  };
  store.save_identity = [](const signal_protocol_address* address, std::uint8_t* data,
                           std::size_t size, void* state) {
    return keep(row_name("identity", address), data, size, state);
  };
  store.is_trusted_identity = [](const signal_protocol_address* address, std::uint8_t* data,
                                 std::size_t size, void* state) {
    const auto known = rows_of(state).find(row_name("identity", address));
    return known == rows_of(state).end() || known->second == Blob(data, data + size) ? 1 : 0;
  };
  return store;
}

}  // namespace

int attach_rows(signal_protocol_store_context* store, SignalC::State& state) {
  auto session_store = sessions();
  auto one_time_store = one_time_prekeys();
  auto signed_store = signed_prekeys();
  auto identity_store = identities();
  session_store.user_data = one_time_store.user_data = signed_store.user_data =
      identity_store.user_data = &state;
  for (const int code :
       {signal_protocol_store_context_set_session_store(store, &session_store),
        signal_protocol_store_context_set_pre_key_store(store, &one_time_store),
        signal_protocol_store_context_set_signed_pre_key_store(store, &signed_store),
        signal_protocol_store_context_set_identity_key_store(store, &identity_store)})
    if (code < 0) return code;
  return SG_SUCCESS;
}

}  // namespace sotto::peers
