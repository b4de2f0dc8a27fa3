// Guest memory of any size in host memory, accessed in one piece where the guest is promised that.
#pragma once

#include <cstdint>
#include <cstring>

namespace rvx {

// RAM is accessed in one piece, as other harts are to see it: memcpy() of a length that the compiler
// does not know may write a byte twice.
template <class T>
inline uint64_t load_as(const uint8_t* from) noexcept {
  T value;
  std::memcpy(&value, from, sizeof value);
  return value;
}
template <class T>
inline void store_as(uint8_t* to, uint64_t from) noexcept {
  const T value = static_cast<T>(from);
  std::memcpy(to, &value, sizeof value);
}
inline uint64_t load_host(const uint8_t* from, unsigned size) noexcept {
  switch (size) {
    case 1: return load_as<uint8_t>(from);
    case 2: return load_as<uint16_t>(from);
    case 4: return load_as<uint32_t>(from);
    case 8: return load_as<uint64_t>(from);
    default: {  // part of an access over two pages
      uint64_t value = 0;
      for (unsigned i = 0; i < size; ++i) value |= uint64_t{from[i]} << (8 * i);
      return value;
    }
  }
}
inline void store_host(uint8_t* to, unsigned size, uint64_t value) noexcept {
  switch (size) {
    case 1: return store_as<uint8_t>(to, value);
    case 2: return store_as<uint16_t>(to, value);
    case 4: return store_as<uint32_t>(to, value);
    case 8: return store_as<uint64_t>(to, value);
    default:
      for (unsigned i = 0; i < size; ++i) to[i] = static_cast<uint8_t>(value >> (8 * i));
  }
}

}  // namespace rvx
