// Guest memory of any size in host memory, accessed in one piece where the guest is promised that.
#pragma once

#include <cstdint>
#include <cstring>

// Races on guest memory are the guest's own. ThreadSanitizer, which looks for ours, does not see its accesses.
#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define RVX_GUEST_ACCESS __attribute__((noinline, no_sanitize("thread")))
#endif
#endif
#ifndef RVX_GUEST_ACCESS
#define RVX_GUEST_ACCESS inline
#endif

namespace rvx {

template <class T>
RVX_GUEST_ACCESS T load_guest(const void* from) noexcept {
  T value;
  std::memcpy(&value, from, sizeof value);
  return value;
}
template <class T>
RVX_GUEST_ACCESS void store_guest(void* to, T value) noexcept {
  std::memcpy(to, &value, sizeof value);
}

// RAM is accessed in one piece, as other harts are to see it: memcpy() of a length that the compiler
// does not know may write a byte twice.
inline uint64_t load_host(const uint8_t* from, unsigned size) noexcept {
  switch (size) {
    case 1: return load_guest<uint8_t>(from);
    case 2: return load_guest<uint16_t>(from);
    case 4: return load_guest<uint32_t>(from);
    case 8: return load_guest<uint64_t>(from);
    default: {  // part of an access over two pages
      uint64_t value = 0;
      for (unsigned i = 0; i < size; ++i) value |= uint64_t{load_guest<uint8_t>(from + i)} << (8 * i);
      return value;
    }
  }
}
inline void store_host(uint8_t* to, unsigned size, uint64_t value) noexcept {
  switch (size) {
    case 1: return store_guest<uint8_t>(to, static_cast<uint8_t>(value));
    case 2: return store_guest<uint16_t>(to, static_cast<uint16_t>(value));
    case 4: return store_guest<uint32_t>(to, static_cast<uint32_t>(value));
    case 8: return store_guest<uint64_t>(to, value);
    default:
      for (unsigned i = 0; i < size; ++i) store_guest(to + i, static_cast<uint8_t>(value >> (8 * i)));
  }
}

}  // namespace rvx
