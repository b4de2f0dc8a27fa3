// Rules of the terminal's restoration: every way to end or stop leaves the host's terminal as it
// was.
#include "devices/terminal_guard.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <memory>
#include <string>
#include <thread>

namespace rvx {
namespace {

// Each case runs in a process of its own on a new pseudo-terminal.
class TerminalGuardTest : public ::testing::Test {
 protected:
  TerminalGuardTest() {
    EXPECT_EQ(::openpty(&master, &slave, nullptr, nullptr, nullptr), 0);
    EXPECT_EQ(::pipe2(out, O_CLOEXEC | O_NONBLOCK), 0);
  }
  ~TerminalGuardTest() override {
    for (int fd : {master, slave, out[0], out[1]}) ::close(fd);
  }

  // The wait status of a process that runs `body` with no core file and no crash handlers.
  int status_of(const std::function<void()>& body) {
    const pid_t child = start(body);
    int status = 0;
    EXPECT_EQ(::waitpid(child, &status, 0), child);
    return status;
  }
  static pid_t start(const std::function<void()>& body) {
    const pid_t child = ::fork();
    if (child != 0) return child;
    const rlimit none{0, 0};
    ::setrlimit(RLIMIT_CORE, &none);
    for (int signal : {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGHUP, SIGTSTP}) {
      ::signal(signal, SIG_DFL);
    }
    body();
    ::_exit(77);
  }
  // A guard with "text" pending.
  std::unique_ptr<TerminalGuard> make_guard() {
    output->fd = out[1];
    std::memcpy(output->bytes.data(), "text", 4);
    output->end = 4;
    return std::make_unique<TerminalGuard>(slave, true, *output);
  }
  bool is_raw() const {
    termios now{};
    EXPECT_EQ(::tcgetattr(slave, &now), 0);
    return (now.c_lflag & ICANON) == 0;
  }
  void expect_raw(bool raw) const {
    for (int i = 0; i < 500 && is_raw() != raw; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    EXPECT_EQ(is_raw(), raw);
  }
  std::string written() const {
    char bytes[64];
    const ssize_t count = ::read(out[0], bytes, sizeof bytes);
    return {bytes, count < 0 ? 0 : static_cast<size_t>(count)};
  }
  // Exit status for checks inside a process.
  static void require(bool condition, int code) {
    if (!condition) ::_exit(code);
  }

  int master = -1, slave = -1;
  int out[2] = {-1, -1};
  std::unique_ptr<PendingOutput> output = std::make_unique<PendingOutput>();
};

TEST_F(TerminalGuardTest, SignalsThatEndTheProcessRestoreAndWriteOutFirst) {
  for (int signal : {SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT}) {
    const int status = status_of([&] {
      const auto guard = make_guard();
      require(is_raw(), 1);
      ::raise(signal);
    });
    EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == signal) << signal << " " << status;
    EXPECT_FALSE(is_raw()) << signal;
    EXPECT_EQ(written(), "text") << signal;
  }
}

TEST_F(TerminalGuardTest, RealCrashEndsWithItsSignal) {
  const int status = status_of([&] {
    const auto guard = make_guard();
    volatile int* nowhere = reinterpret_cast<volatile int*>(uintptr_t{64});
    asm volatile("movl $1, (%0)" : : "r"(nowhere) : "memory");
  });
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV) << status;
  EXPECT_FALSE(is_raw());
}

TEST_F(TerminalGuardTest, ExitRestoresAndWritesOut) {
  const int status = status_of([&] {
    (void)make_guard().release();
    std::exit(5);
  });
  // A leak checker may replace the status, but not the restoration.
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_FALSE(is_raw());
  EXPECT_EQ(written(), "text");
}

TEST_F(TerminalGuardTest, EarlierHandlerRunsAfterRestoring) {
  const int status = status_of([&] {
    static int tty;
    tty = slave;
    ::signal(SIGTERM, [](int) {
      termios now{};
      ::tcgetattr(tty, &now);
      ::_exit((now.c_lflag & ICANON) != 0 ? 42 : 43);
    });
    const auto guard = make_guard();
    ::raise(SIGTERM);
  });
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 42);
}

TEST_F(TerminalGuardTest, IgnoredSignalsStayIgnored) {
  const int status = status_of([&] {
    ::signal(SIGHUP, SIG_IGN);
    const auto guard = make_guard();
    ::raise(SIGHUP);
    require(is_raw(), 1);
    ::_exit(0);
  });
  EXPECT_EQ(status, 0);
}

TEST_F(TerminalGuardTest, CrashHandlerOfSomeoneElseStaysInPlace) {
  const int status = status_of([&] {
    ::signal(SIGSEGV, [](int) { ::_exit(42); });
    const auto guard = make_guard();
    ::raise(SIGSEGV);
  });
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 42);
}

TEST_F(TerminalGuardTest, HandlersGoWithTheGuardUnlessReplacedMeanwhile) {
  const int status = status_of([&] {
    const auto mine = [](int) {};
    auto guard = make_guard();
    ::signal(SIGINT, mine);
    guard.reset();
    struct sigaction now {};
    for (int signal : {SIGTERM, SIGHUP, SIGQUIT, SIGSEGV, SIGTSTP, SIGCONT, SIGPIPE}) {
      ::sigaction(signal, nullptr, &now);
      require(now.sa_handler == SIG_DFL, signal);
    }
    ::sigaction(SIGINT, nullptr, &now);
    require(now.sa_handler == +mine, 100);
    ::_exit(0);
  });
  EXPECT_EQ(status, 0);
}

TEST_F(TerminalGuardTest, WriteInProgressIsNotRepeatedByTheHandler) {
  status_of([&] {
    const auto guard = make_guard();
    output->writing = true;
    ::raise(SIGTERM);
  });
  EXPECT_EQ(written(), "");
}

TEST_F(TerminalGuardTest, ReaderThatIsStuckDoesNotHoldUpTheEnd) {
  char filler[4096] = {};
  while (::write(out[1], filler, sizeof filler) > 0) {
  }
  const auto start = std::chrono::steady_clock::now();
  const int status = status_of([&] {
    ::fcntl(out[1], F_SETFL, 0);  // a blocking pipe
    const auto guard = make_guard();
    ::raise(SIGTERM);
  });
  EXPECT_TRUE(WIFSIGNALED(status));
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(10));
}

TEST_F(TerminalGuardTest, DescriptorThatIsNoTerminalIsLeftAlone) {
  PendingOutput& pending = *output;
  TerminalGuard guard(out[0], true, pending);
  EXPECT_FALSE(guard.wants_raw());
  EXPECT_FALSE(guard.is_raw());
}

// --- Job control: a session whose leader stands in for the shell ---------------------------------

class JobControlTest : public TerminalGuardTest {
 protected:
  // Runs `shell` as leader of a new session that has the terminal. Its exit status is the verdict.
  void run_session(const std::function<void()>& shell) {
    const int status = status_of([&] {
      ::setsid();
      require(::ioctl(slave, TIOCSCTTY, 0) == 0, 99);
      ::signal(SIGTTOU, SIG_IGN);  // as shells do, to hand the terminal over
      ::alarm(20);
      shell();
      ::_exit(0);
    });
    EXPECT_EQ(status, 0) << "exit status " << WEXITSTATUS(status);
  }
  // A job in a process group of its own that keeps a guard and tries to be raw.
  pid_t start_job(bool in_foreground) {
    int ready[2];
    require(::pipe(ready) == 0, 98);
    const pid_t job = start([&] {
      ::setpgid(0, 0);
      ::signal(SIGTTOU, SIG_DFL);
      char byte = 0;
      require(::read(ready[0], &byte, 1) == 1, 97);
      const auto guard = make_guard();
      for (;;) {
        guard->enter_raw();
        ::poll(nullptr, 0, 20);
      }
    });
    ::setpgid(job, job);
    if (in_foreground) ::tcsetpgrp(slave, job);
    require(::write(ready[1], "", 1) == 1, 96);
    return job;
  }
  bool becomes_raw(bool raw) const {
    for (int i = 0; i < 500 && is_raw() != raw; ++i) ::poll(nullptr, 0, 10);
    return is_raw() == raw;
  }
};

TEST_F(JobControlTest, StoppingLeavesRawModeAndContinuingEntersItAgain) {
  run_session([&] {
    const pid_t job = start_job(true);
    require(becomes_raw(true), 1);
    for (int round = 0; round < 2; ++round) {
      ::kill(job, SIGTSTP);
      int status = 0;
      require(::waitpid(job, &status, WUNTRACED) == job, 2);
      require(WIFSTOPPED(status) && WSTOPSIG(status) == SIGTSTP, 3);
      require(!is_raw(), 4);
      ::kill(job, SIGCONT);
      require(becomes_raw(true), 5);
    }
    ::kill(job, SIGTERM);
    int status = 0;
    require(::waitpid(job, &status, 0) == job && WTERMSIG(status) == SIGTERM, 6);
    require(!is_raw(), 7);
  });
}

TEST_F(JobControlTest, ContinuingAfterSigstopSetsRawModeThatTheShellHasChanged) {
  run_session([&] {
    termios cooked{};
    ::tcgetattr(slave, &cooked);
    const pid_t job = start_job(true);
    require(becomes_raw(true), 1);
    ::kill(job, SIGSTOP);
    int status = 0;
    require(::waitpid(job, &status, WUNTRACED) == job && WIFSTOPPED(status), 2);
    ::tcsetattr(slave, TCSANOW, &cooked);
    ::kill(job, SIGCONT);
    require(becomes_raw(true), 3);
    ::kill(job, SIGKILL);
  });
}

TEST_F(JobControlTest, BackgroundJobNeitherStopsNorTouchesTheTerminal) {
  run_session([&] {
    const pid_t job = start_job(false);
    ::poll(nullptr, 0, 200);
    int status = 0;
    require(::waitpid(job, &status, WUNTRACED | WNOHANG) == 0, 1);
    require(!is_raw(), 2);
    ::tcsetpgrp(slave, job);
    require(becomes_raw(true), 3);
    ::kill(job, SIGKILL);
  });
}

TEST_F(JobControlTest, JobContinuedInTheBackgroundLeavesTheTerminalToTheShell) {
  run_session([&] {
    termios cooked{};
    ::tcgetattr(slave, &cooked);
    const pid_t job = start_job(true);
    require(becomes_raw(true), 1);
    ::kill(job, SIGSTOP);
    int status = 0;
    require(::waitpid(job, &status, WUNTRACED) == job && WIFSTOPPED(status), 2);
    ::tcsetpgrp(slave, ::getpgrp());
    ::tcsetattr(slave, TCSANOW, &cooked);
    ::kill(job, SIGCONT);
    ::poll(nullptr, 0, 200);
    require(!is_raw(), 3);
    require(::waitpid(job, &status, WUNTRACED | WNOHANG) == 0, 4);
    ::kill(job, SIGTERM);
    require(::waitpid(job, &status, 0) == job && WTERMSIG(status) == SIGTERM, 5);
    require(!is_raw(), 6);
  });
}

}  // namespace
}  // namespace rvx
