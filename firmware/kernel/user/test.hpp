// Checks for the kernel's test programs: each prints PASS or FAIL once, with the first check that failed.
#pragma once

#include "kernel/user/system.hpp"

#define CHECK(condition) ((condition) ? static_cast<void>(0) : fail(__FILE_NAME__, __LINE__, #condition))

[[noreturn]] void fail(const char* file, int line, const char* what);
// For the end of main: prints PASS and returns its status.
int passed(const char* name);

// A child process that runs the function and ends with its result.
template <typename Function>
int64_t in_child(Function function) {
  const int64_t id = fork();
  if (id == 0) exit(function());
  return id;
}
