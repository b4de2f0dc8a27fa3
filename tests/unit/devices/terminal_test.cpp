// Rules of the host console: buffering, back-pressure, raw mode, Ctrl-A commands.
#include "devices/terminal.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

namespace rvx {
namespace {

class Pipe {
 public:
  Pipe() { EXPECT_EQ(::pipe2(fds_, O_CLOEXEC), 0); }
  ~Pipe() {
    close_reader();
    close_writer();
  }
  [[nodiscard]] int reader() const { return fds_[0]; }
  [[nodiscard]] int writer() const { return fds_[1]; }
  void close_reader() { close_one(fds_[0]); }
  void close_writer() { close_one(fds_[1]); }
  void put(const std::string& text) const {
    EXPECT_EQ(::write(writer(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }
  // What can be read without waiting.
  [[nodiscard]] std::string take() const {
    std::string text;
    for (pollfd fd{reader(), POLLIN, 0}; ::poll(&fd, 1, 0) > 0;) {
      char bytes[4096];
      const ssize_t count = ::read(reader(), bytes, sizeof bytes);
      if (count <= 0) break;
      text.append(bytes, static_cast<size_t>(count));
    }
    return text;
  }
  [[nodiscard]] int waiting() const {
    int count = 0;
    EXPECT_EQ(::ioctl(reader(), FIONREAD, &count), 0);
    return count;
  }

 private:
  static void close_one(int& fd) {
    if (fd >= 0) ::close(fd);
    fd = -1;
  }
  int fds_[2] = {-1, -1};
};

class Receiver : public CharReceiver {
 public:
  [[nodiscard]] size_t room() const noexcept override { return free; }
  void receive(const uint8_t* bytes, size_t count) noexcept override {
    EXPECT_LE(count, free);
    text.append(reinterpret_cast<const char*>(bytes), count);
    free -= std::min(free, count);
  }
  size_t free = 1000;
  std::string text;
};

void put(Terminal& terminal, const std::string& text) {
  terminal.put(reinterpret_cast<const uint8_t*>(text.data()), text.size());
}

// One turn of the machine's poll loop. Returns the number of descriptors that were waited for.
size_t poll_once(Terminal& terminal, int timeout_ms = 0) {
  std::vector<pollfd> fds;
  int timeout = timeout_ms;
  terminal.prepare_poll(fds, timeout);
  ::poll(fds.data(), fds.size(), timeout);
  terminal.finish_poll(fds.data(), fds.size());
  return fds.size();
}

bool polls(Terminal& terminal, int fd) {
  std::vector<pollfd> fds;
  int timeout = 0;
  terminal.prepare_poll(fds, timeout);
  for (pollfd& entry : fds) entry.revents = 0;
  terminal.finish_poll(fds.data(), fds.size());
  return std::any_of(fds.begin(), fds.end(), [fd](const pollfd& entry) { return entry.fd == fd; });
}

// --- Output -------------------------------------------------------------------------------------

class TerminalOutputTest : public ::testing::Test {
 protected:
  TerminalOptions options() { return {in.reader(), out.writer(), err.writer(), true}; }
  Pipe in, out, err;
};

TEST_F(TerminalOutputTest, PartOfALineWaitsForTheFlush) {
  Terminal terminal(options());
  put(terminal, "login: ");
  EXPECT_EQ(out.take(), "");
  terminal.flush();
  EXPECT_EQ(out.take(), "login: ");
}

TEST_F(TerminalOutputTest, EndOfLineIsWrittenAtOnce) {
  Terminal terminal(options());
  put(terminal, "one\ntw");
  EXPECT_EQ(out.take(), "one\ntw");
}

TEST_F(TerminalOutputTest, FourKibibytesAreWrittenAtOnce) {
  Terminal terminal(options());
  for (int i = 0; i < 4095; ++i) put(terminal, "x");
  EXPECT_EQ(out.take(), "");
  put(terminal, "x");
  EXPECT_EQ(out.take().size(), 4096u);
}

TEST_F(TerminalOutputTest, PollFlushes) {
  Terminal terminal(options());
  put(terminal, "prompt> ");
  poll_once(terminal);
  EXPECT_EQ(out.take(), "prompt> ");
}

TEST_F(TerminalOutputTest, DestructorWritesWhatIsLeft) {
  { put(*std::make_unique<Terminal>(options()), "rest"); }
  EXPECT_EQ(out.take(), "rest");
}

TEST_F(TerminalOutputTest, OutputDuringAPollWakesItAndAppears) {
  Terminal terminal(options());
  const auto start = std::chrono::steady_clock::now();
  std::thread poller([&] { poll_once(terminal, 20'000); });
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  put(terminal, "$ ");
  poller.join();
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(10));
  EXPECT_EQ(out.take(), "$ ");
}

TEST_F(TerminalOutputTest, WakeEndsAPoll) {
  Terminal terminal(options());
  const auto start = std::chrono::steady_clock::now();
  terminal.wake();
  poll_once(terminal, 30'000);
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(10));
  std::vector<pollfd> fds;
  int timeout = 0;
  terminal.prepare_poll(fds, timeout);
  EXPECT_EQ(::poll(fds.data(), fds.size(), 0), 0) << "one wake ends one poll";
}

TEST_F(TerminalOutputTest, RegularFilesAreNotFlushedLineByLine) {
  char name[] = "/tmp/rvx-terminal-XXXXXX";
  const int file = ::mkstemp(name);
  ::unlink(name);
  {
    Terminal terminal({in.reader(), file, err.writer(), true});
    put(terminal, "line\n");
    EXPECT_EQ(::lseek(file, 0, SEEK_END), 0);
  }
  EXPECT_EQ(::lseek(file, 0, SEEK_END), 5);
  ::close(file);
}

TEST_F(TerminalOutputTest, NothingIsLostInANonBlockingPipeWithASlowReader) {
  ASSERT_EQ(::fcntl(out.writer(), F_SETFL, O_NONBLOCK), 0);
  std::string expected, got;
  for (int i = 0; i < 60'000; ++i) expected += std::to_string(i) + "\n";
  std::thread reader([&] {
    char bytes[3000];
    for (ssize_t count; (count = ::read(out.reader(), bytes, sizeof bytes)) > 0;) {
      got.append(bytes, static_cast<size_t>(count));
      if (got.size() % 16 == 0) std::this_thread::sleep_for(std::chrono::microseconds(300));
    }
  });
  {
    Terminal terminal(options());
    for (size_t at = 0; at < expected.size(); at += 777) put(terminal, expected.substr(at, 777));
  }
  out.close_writer();
  reader.join();
  EXPECT_EQ(got.size(), expected.size());
  EXPECT_TRUE(got == expected);
}

TEST_F(TerminalOutputTest, OneLargePutArrivesWhole) {
  const std::string expected(1'000'000, 'L');
  std::string got;
  std::thread reader([&] {
    char bytes[8192];
    for (ssize_t count; (count = ::read(out.reader(), bytes, sizeof bytes)) > 0;) {
      got.append(bytes, static_cast<size_t>(count));
    }
  });
  { put(*std::make_unique<Terminal>(options()), expected); }
  out.close_writer();
  reader.join();
  EXPECT_TRUE(got == expected);
}

TEST_F(TerminalOutputTest, FullPipeIsPolledForAndWrittenLater) {
  ASSERT_EQ(::fcntl(out.writer(), F_SETFL, O_NONBLOCK), 0);
  Terminal terminal(options());
  EXPECT_FALSE(polls(terminal, out.writer()));
  const std::string filler(4096, 'f');
  while (::write(out.writer(), filler.data(), filler.size()) > 0) {
  }
  put(terminal, "late\n");
  EXPECT_TRUE(polls(terminal, out.writer()));
  const std::string before = out.take();
  EXPECT_EQ(before.find("late"), std::string::npos);
  poll_once(terminal);
  EXPECT_EQ(out.take(), "late\n");
  EXPECT_FALSE(polls(terminal, out.writer()));
}

TEST_F(TerminalOutputTest, OutputIsDroppedAfterTheReaderHasGone) {
  Terminal terminal(options());
  out.close_reader();
  EXPECT_FALSE(terminal.is_output_lost());
  for (int i = 0; i < 100; ++i) put(terminal, std::string(4000, 'x') + "\n");
  EXPECT_TRUE(terminal.is_output_lost());
  EXPECT_FALSE(polls(terminal, out.writer()));
}

TEST_F(TerminalOutputTest, SigpipeIsIgnoredWhileTheTerminalLives) {
  const auto disposition = [] {
    struct sigaction action {};
    ::sigaction(SIGPIPE, nullptr, &action);
    return action.sa_handler;
  };
  ::signal(SIGPIPE, SIG_DFL);
  {
    Terminal terminal(options());
    EXPECT_EQ(disposition(), SIG_IGN);
  }
  EXPECT_EQ(disposition(), SIG_DFL);
}

// --- Input that is no terminal ------------------------------------------------------------------

class TerminalPipeTest : public TerminalOutputTest {
 protected:
  TerminalPipeTest() {
    terminal.set_target(&target);
    terminal.on_quit = [this] { ++quits; };
    terminal.on_input_end = [this] { ++ends; };
  }
  Terminal terminal{options()};
  Receiver target;
  int quits = 0, ends = 0;
};

TEST_F(TerminalPipeTest, BytesPassUnchangedIncludingControlA) {
  std::string all;
  for (int i = 0; i < 256; ++i) all.push_back(static_cast<char>(i));
  all += "\x01x\x01h\x01\x01";
  in.put(all);
  poll_once(terminal);
  EXPECT_EQ(target.text, all);
  EXPECT_EQ(quits, 0);
  EXPECT_FALSE(terminal.is_interactive());
}

TEST_F(TerminalPipeTest, OnlyAsManyBytesAreReadAsThereIsRoomFor) {
  target.free = 3;
  in.put("abcdefgh");
  poll_once(terminal);
  EXPECT_EQ(target.text, "abc");
  EXPECT_EQ(in.waiting(), 5) << "the rest stays in the pipe";
  poll_once(terminal);
  EXPECT_EQ(target.text, "abc");
  target.free = 100;
  poll_once(terminal);
  EXPECT_EQ(target.text, "abcdefgh");
}

TEST_F(TerminalPipeTest, InputIsNotPolledWithoutRoomOrTarget) {
  EXPECT_TRUE(polls(terminal, in.reader()));
  target.free = 0;
  in.put("x");
  in.close_writer();
  EXPECT_FALSE(polls(terminal, in.reader())) << "a hang-up would make the poll spin";
  target.free = 10;
  terminal.set_target(nullptr);
  EXPECT_FALSE(polls(terminal, in.reader()));
  terminal.set_target(&target);
  poll_once(terminal);
  EXPECT_EQ(target.text, "x");
}

TEST_F(TerminalPipeTest, EndOfInputIsToldOnceAndEndsPolling) {
  in.put("last");
  in.close_writer();
  poll_once(terminal);
  EXPECT_EQ(target.text, "last");
  EXPECT_EQ(ends, 0);
  poll_once(terminal);
  EXPECT_EQ(ends, 1);
  EXPECT_FALSE(polls(terminal, in.reader()));
  poll_once(terminal);
  EXPECT_EQ(ends, 1);
}

TEST_F(TerminalPipeTest, ClosedInputCountsAsEnded) {
  const int number = in.reader();
  in.close_reader();
  poll_once(terminal);
  EXPECT_EQ(ends, 1);
  EXPECT_FALSE(polls(terminal, number));
}

// --- Input from a terminal ----------------------------------------------------------------------

class TerminalPtyTest : public ::testing::Test {
 protected:
  TerminalPtyTest() {
    EXPECT_EQ(::openpty(&master, &slave, nullptr, nullptr, nullptr), 0);
    EXPECT_EQ(::tcgetattr(slave, &before), 0);
    open(true);
  }
  ~TerminalPtyTest() override {
    terminal.reset();
    if (master >= 0) ::close(master);
    ::close(slave);
  }
  void open(bool raw) {
    terminal.reset();
    terminal = std::make_unique<Terminal>(TerminalOptions{slave, slave, err.writer(), raw});
    terminal->set_target(&target);
    terminal->on_quit = [this] { ++quits; };
    terminal->on_input_end = [this] { ++ends; };
  }
  void type(const std::string& text) {
    EXPECT_EQ(::write(master, text.data(), text.size()), static_cast<ssize_t>(text.size()));
    poll_once(*terminal, 1000);
  }
  termios mode() const {
    termios now{};
    EXPECT_EQ(::tcgetattr(slave, &now), 0);
    return now;
  }
  std::string shown() const {
    std::string text;
    for (pollfd fd{master, POLLIN, 0}; ::poll(&fd, 1, 100) > 0;) {
      char bytes[512];
      const ssize_t count = ::read(master, bytes, sizeof bytes);
      if (count <= 0) break;
      text.append(bytes, static_cast<size_t>(count));
    }
    return text;
  }

  int master = -1, slave = -1;
  termios before{};
  Pipe err;
  Receiver target;
  int quits = 0, ends = 0;
  std::unique_ptr<Terminal> terminal;
};

TEST_F(TerminalPtyTest, RawModeLastsAsLongAsTheTerminal) {
  EXPECT_TRUE(terminal->is_interactive());
  EXPECT_EQ(mode().c_lflag & (ECHO | ICANON | ISIG | IEXTEN), 0u);
  EXPECT_EQ(mode().c_iflag & (ICRNL | IXON | ISTRIP), 0u);
  EXPECT_NE(mode().c_oflag & OPOST, 0u) << "a bare line feed must still start a new line";
  terminal.reset();
  EXPECT_EQ(mode().c_lflag, before.c_lflag);
  EXPECT_EQ(mode().c_iflag, before.c_iflag);
  EXPECT_EQ(mode().c_oflag, before.c_oflag);
}

TEST_F(TerminalPtyTest, TypedBytesReachTheGuestAsTheyAre) {
  type("a\r\x03\x04\x1a\x1c\x11\x13\xff\n");
  EXPECT_EQ(target.text, "a\r\x03\x04\x1a\x1c\x11\x13\xff\n") << "Ctrl-C and all";
  EXPECT_EQ(shown(), "") << "no echo";
}

TEST_F(TerminalPtyTest, OutputReachesTheTerminal) {
  put(*terminal, "hello\n");
  EXPECT_EQ(shown(), "hello\r\n");
}

TEST_F(TerminalPtyTest, ControlAXEnds) {
  type("ab\x01x");
  EXPECT_EQ(quits, 1);
  EXPECT_EQ(target.text, "ab");
}

TEST_F(TerminalPtyTest, CommandsMayComeInPieces) {
  type("a\x01");
  EXPECT_EQ(quits, 0);
  EXPECT_EQ(target.text, "a");
  type("x");
  EXPECT_EQ(quits, 1);
  EXPECT_EQ(target.text, "a");
}

TEST_F(TerminalPtyTest, ControlATwiceSendsOne) {
  type("\x01\x01x");
  EXPECT_EQ(target.text, "\x01x");
  EXPECT_EQ(quits, 0);
}

TEST_F(TerminalPtyTest, HelpGoesToMessagesAndOtherCommandsDoNothing) {
  type("\x01h");
  EXPECT_NE(err.take().find("Ctrl-A x"), std::string::npos);
  type(
      "\x01"
      "c\x01q.");
  EXPECT_EQ(target.text, ".");
  EXPECT_EQ(err.take(), "");
  EXPECT_EQ(quits, 0);
}

TEST_F(TerminalPtyTest, CommandsWorkWhileTheTargetIsStuck) {
  target.free = 2;
  type("abcd");
  EXPECT_EQ(target.text, "ab");
  type("ef\x01x");
  EXPECT_EQ(quits, 1);
  EXPECT_EQ(target.text, "ab");
  target.free = 3;
  poll_once(*terminal);
  EXPECT_EQ(target.text, "abcde");
  target.free = 3;
  poll_once(*terminal);
  EXPECT_EQ(target.text, "abcdef") << "in the order typed";
}

TEST_F(TerminalPtyTest, HangUpEndsTheInputAfterWhatWasTyped) {
  target.free = 1;
  type("xy");
  ::close(std::exchange(master, -1));
  poll_once(*terminal, 1000);
  EXPECT_EQ(ends, 0) << "one byte is still to be delivered";
  target.free = 1;
  poll_once(*terminal);
  EXPECT_EQ(target.text, "xy");
  EXPECT_EQ(ends, 1);
  EXPECT_FALSE(polls(*terminal, slave));
}

TEST_F(TerminalPtyTest, WithoutRawModeTheTerminalIsLeftAlone) {
  open(false);
  EXPECT_EQ(mode().c_lflag, before.c_lflag);
  EXPECT_FALSE(terminal->is_interactive());
  type("line\x01x\n");
  EXPECT_EQ(target.text, "line\x01x\n");
  EXPECT_EQ(quits, 0);
}

TEST_F(TerminalPtyTest, SecondTerminalRestoresItsOwnModeOnly) {
  int other_master = -1, other_slave = -1;
  ASSERT_EQ(::openpty(&other_master, &other_slave, nullptr, nullptr, nullptr), 0);
  {
    Terminal other({other_slave, other_slave, err.writer(), true});
    termios now{};
    ASSERT_EQ(::tcgetattr(other_slave, &now), 0);
    EXPECT_EQ(now.c_lflag & ICANON, 0u);
  }
  termios now{};
  ASSERT_EQ(::tcgetattr(other_slave, &now), 0);
  EXPECT_NE(now.c_lflag & ICANON, 0u);
  EXPECT_EQ(mode().c_lflag & ICANON, 0u);
  ::close(other_master);
  ::close(other_slave);
}

}  // namespace
}  // namespace rvx
