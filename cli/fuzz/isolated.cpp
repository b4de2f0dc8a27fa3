// Forked work with its answer through a pipe.
#include "cli/fuzz/isolated.hpp"

#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <new>

#include <fmt/format.h>

namespace rvx::fuzz {
namespace {

void write_all(int to, const std::string& text) noexcept {
  for (size_t at = 0; at < text.size();) {
    const ssize_t done = ::write(to, text.data() + at, text.size() - at);
    if (done < 0 && errno != EINTR) return;
    if (done > 0) at += static_cast<size_t>(done);
  }
}

std::string read_all(int from) {
  std::string text;
  char buffer[4096];
  while (true) {
    const ssize_t got = ::read(from, buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return text;
    text.append(buffer, static_cast<size_t>(got));
  }
}

// Signals as they are at a process's start; and no core file for each case that crashes.
void prepare_child() {
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) ::signal(signal, SIG_DFL);
  const rlimit none{0, 0};
  ::setrlimit(RLIMIT_CORE, &none);
}

}  // namespace

Isolated run_isolated(const std::function<std::string()>& work) {
  int ends[2];
  if (::pipe(ends) != 0) return {std::nullopt, fmt::format("no pipe: {}", std::strerror(errno))};
  const pid_t child = ::fork();
  if (child < 0) {
    ::close(ends[0]);
    ::close(ends[1]);
    return {std::nullopt, fmt::format("no process: {}", std::strerror(errno))};
  }
  if (child == 0) {
    ::close(ends[0]);
    prepare_child();
    write_all(ends[1], work());
    ::_exit(0);
  }
  ::close(ends[1]);
  std::string answer = read_all(ends[0]);
  ::close(ends[0]);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return {std::move(answer), {}};
  if (!WIFSIGNALED(status)) return {std::nullopt, fmt::format("ended with status {}", WEXITSTATUS(status))};
  const int signal = WTERMSIG(status);
  if (signal == SIGPROF) return {std::nullopt, "still running when its time was over"};
  return {std::nullopt, fmt::format("killed by signal {} ({})", signal, ::strsignal(signal))};
}

void limit_processor_time(unsigned seconds) noexcept {
  const itimerval limit{{0, 0}, {seconds, 0}};
  ::setitimer(ITIMER_PROF, &limit, nullptr);
}

SharedNumber::SharedNumber() {
  void* page = ::mmap(nullptr, sizeof(uint64_t), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (page == MAP_FAILED) throw std::bad_alloc();
  value_ = static_cast<uint64_t*>(page);
}

SharedNumber::~SharedNumber() { ::munmap(const_cast<uint64_t*>(value_), sizeof(uint64_t)); }

}  // namespace rvx::fuzz
