// std::initializer_list for programs without a C++ library: the compiler makes it of {a, b, c}.
#pragma once

#include <stddef.h>

namespace std {
template <class T>
class initializer_list {
 public:
  constexpr const T* begin() const { return first_; }
  constexpr const T* end() const { return first_ + count_; }
  constexpr size_t size() const { return count_; }

 private:
  const T* first_ = nullptr;
  size_t count_ = 0;
};
}  // namespace std
