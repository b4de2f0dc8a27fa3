// Rules of HTIF's system calls: console, files below the root, addresses, argv.
#include "devices/htif_proxy.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cerrno>
#include <string>

#include "tests/unit/devices/fakes.hpp"
#include "tests/unit/devices/temporary_tree.hpp"

namespace rvx {
namespace {

using Outcome = HtifProxy::Outcome;

constexpr uint64_t kBase = fake::Memory::kBase;
constexpr uint64_t kBlock = kBase + 0x100;
constexpr uint64_t kName = kBase + 0x1000;
constexpr uint64_t kOtherName = kBase + 0x2000;
constexpr uint64_t kBuffer = kBase + 0x3000;
constexpr uint64_t kEnd = kBase + 0x10000;
constexpr uint64_t kCwd = static_cast<uint64_t>(-100);

enum : uint64_t {
  kGetcwd = 17,
  kFcntl = 25,
  kMkdirat = 34,
  kUnlinkat = 35,
  kLinkat = 37,
  kRenameat = 38,
  kFtruncate = 46,
  kFaccessat = 48,
  kChdir = 49,
  kOpenat = 56,
  kClose = 57,
  kLseek = 62,
  kRead = 63,
  kWrite = 64,
  kPread = 67,
  kPwrite = 68,
  kReadlinkat = 78,
  kFstatat = 79,
  kFstat = 80,
  kExit = 93,
  kExitGroup = 94,
  kStatx = 291,
  kLstat = 1039,
  kGetmainvars = 2011,
};

class HtifProxyTest : public ::testing::Test {
 protected:
  int64_t call(uint64_t number, uint64_t a0 = 0, uint64_t a1 = 0, uint64_t a2 = 0, uint64_t a3 = 0,
               uint64_t a4 = 0, uint64_t a5 = 0, uint64_t a6 = 0) {
    const uint64_t words[8] = {number, a0, a1, a2, a3, a4, a5, a6};
    for (unsigned i = 0; i < 8; ++i) memory.set_word(kBlock + 8 * i, words[i]);
    outcome = proxy.run(kBlock);
    return static_cast<int64_t>(memory.word(kBlock));
  }
  uint64_t put_name(const std::string& name, uint64_t at = kName) {
    memory.set_text(at, name);
    return name.size() + 1;
  }
  int64_t open(const std::string& name, int flags = O_RDONLY, uint64_t directory = kCwd) {
    const uint64_t length = put_name(name);
    return call(kOpenat, directory, kName, length, static_cast<uint64_t>(flags), 0644);
  }
  uint32_t half(uint64_t address) const { return static_cast<uint32_t>(memory.word(address)); }

  fake::TemporaryTree tree;
  fake::Memory memory;
  fake::Console console, errors;
  InputQueue input;
  HtifProxy proxy{memory, console, errors, input, tree.root(), {"prog", "", "two words"}};
  Outcome outcome = Outcome::kDone;
};

TEST_F(HtifProxyTest, UnknownCallsReturnNotImplemented) {
  for (uint64_t number : {uint64_t{0}, uint64_t{65}, uint64_t{221}, ~uint64_t{0}}) {
    EXPECT_EQ(call(number), -ENOSYS) << number;
    EXPECT_EQ(outcome, Outcome::kDone);
  }
}

TEST_F(HtifProxyTest, DescriptorsOneAndTwoGoToConsoleAndErrors) {
  memory.set_text(kBuffer, "out err");
  EXPECT_EQ(call(kWrite, 1, kBuffer, 4), 4);
  EXPECT_EQ(call(kWrite, 2, kBuffer + 4, 3), 3);
  EXPECT_EQ(console.text, "out ");
  EXPECT_EQ(errors.text, "err");
  EXPECT_EQ(call(kWrite, 0, kBuffer, 1), -EBADF);
}

TEST_F(HtifProxyTest, WriteNeedsEveryByteInRam) {
  EXPECT_EQ(call(kWrite, 1, kEnd - 4, 4), 4);
  EXPECT_EQ(call(kWrite, 1, kEnd - 4, 5), -EFAULT);
  EXPECT_EQ(call(kWrite, 1, kBase - 1, 2), -EFAULT);
  EXPECT_EQ(call(kWrite, 1, kBase, ~uint64_t{0}), -EFAULT);
  EXPECT_EQ(call(kWrite, 1, 0, 1), -EFAULT);
  EXPECT_EQ(console.text.size(), 4u);
}

TEST_F(HtifProxyTest, ConsoleReadTakesWhatIsThereUpToTheLength) {
  input.push(reinterpret_cast<const uint8_t*>("hello"), 5);
  EXPECT_EQ(call(kRead, 0, kBuffer, 3), 3);
  EXPECT_EQ(memory.text(kBuffer, 3), "hel");
  EXPECT_EQ(call(kRead, 0, kBuffer, 100), 2);
  EXPECT_EQ(memory.text(kBuffer, 2), "lo");
}

TEST_F(HtifProxyTest, ConsoleReadWaitsWhileEmptyAndEndsWithTheInput) {
  EXPECT_EQ(call(kRead, 0, kBuffer, 3), static_cast<int64_t>(kRead)) << "no result yet";
  EXPECT_EQ(outcome, Outcome::kWaits);
  EXPECT_EQ(call(kRead, 0, kBuffer, 0), 0);
  EXPECT_EQ(outcome, Outcome::kDone);
  input.end();
  EXPECT_EQ(call(kRead, 0, kBuffer, 3), 0);
  EXPECT_EQ(outcome, Outcome::kDone);
  EXPECT_EQ(call(kRead, 1, kBuffer, 3), -EBADF);
}

TEST_F(HtifProxyTest, FailedConsoleReadLosesNoInput) {
  input.push(reinterpret_cast<const uint8_t*>("ab"), 2);
  EXPECT_EQ(call(kRead, 0, kEnd - 1, 2), -EFAULT);
  EXPECT_EQ(call(kRead, 0, kBuffer, 2), 2);
}

TEST_F(HtifProxyTest, ExitHandsOutTheWholeArgument) {
  call(kExit, static_cast<uint64_t>(-3));
  EXPECT_EQ(outcome, Outcome::kExit);
  EXPECT_EQ(proxy.exit_code(), static_cast<uint64_t>(-3));
  call(kExitGroup, 300);
  EXPECT_EQ(outcome, Outcome::kExit);
  EXPECT_EQ(proxy.exit_code(), 300u);
}

TEST_F(HtifProxyTest, FilesAreReadWrittenAndSought) {
  const int64_t fd = open("/data", O_RDWR | O_CREAT);
  ASSERT_GE(fd, 3);
  memory.set_text(kBuffer, "0123456789");
  EXPECT_EQ(call(kWrite, fd, kBuffer, 10), 10);
  EXPECT_EQ(call(kLseek, fd, 2, SEEK_SET), 2);
  EXPECT_EQ(call(kRead, fd, kBuffer + 100, 3), 3);
  EXPECT_EQ(memory.text(kBuffer + 100, 3), "234");
  EXPECT_EQ(call(kPread, fd, kBuffer + 100, 2, 7), 2);
  EXPECT_EQ(memory.text(kBuffer + 100, 2), "78");
  EXPECT_EQ(call(kPwrite, fd, kBuffer, 1, 9), 1);
  EXPECT_EQ(call(kFtruncate, fd, 10), 0);
  EXPECT_EQ(call(kLseek, fd, static_cast<uint64_t>(-1), SEEK_END), 9);
  EXPECT_EQ(call(kLseek, fd, static_cast<uint64_t>(-1), SEEK_SET), -EINVAL);
  EXPECT_EQ(call(kClose, fd), 0);
  EXPECT_EQ(call(kClose, fd), -EBADF);
  EXPECT_EQ(call(kRead, fd, kBuffer, 1), -EBADF);
  EXPECT_EQ(tree.read("data"), "0123456780");
}

TEST_F(HtifProxyTest, FileReadsNeedTheWholeBufferInRam) {
  tree.write("f", "contents");
  const int64_t fd = open("f");
  EXPECT_EQ(call(kRead, fd, kEnd - 4, 8), -EFAULT);
  EXPECT_EQ(call(kPread, fd, kEnd - 4, 8, 0), -EFAULT);
  EXPECT_EQ(call(kRead, fd, kEnd - 4, 4), 4) << "the failed read moved nothing";
  EXPECT_EQ(memory.text(kEnd - 4, 4), "cont");
}

TEST_F(HtifProxyTest, PathsOutsideTheRootAreRefused) {
  EXPECT_EQ(open("../secret"), -ENOENT);
  EXPECT_EQ(open(tree.outside() + "/secret"), -ENOENT);
  tree.link("../secret", "link");
  EXPECT_EQ(open("link"), -ENOENT);
  const uint64_t length = put_name("../secret");
  EXPECT_EQ(call(kFstatat, kCwd, kName, length, kBuffer, 0), -ENOENT);
  EXPECT_EQ(call(kFaccessat, kCwd, kName, length, 0), -ENOENT);
  EXPECT_EQ(call(kUnlinkat, kCwd, kName, length, 0), -ENOENT);
  EXPECT_EQ(call(kStatx, kCwd, kName, length, 0, 0x7ff, kBuffer), -ENOENT);
}

TEST_F(HtifProxyTest, PathsAreBoundedByTheirLengthAndTheirNul) {
  tree.write("abc", "");
  memory.set_text(kName, "abcdef");
  EXPECT_GE(call(kOpenat, kCwd, kName, 3, O_RDONLY, 0), 3) << "length without a NUL";
  EXPECT_EQ(call(kOpenat, kCwd, kName, 0, O_RDONLY, 0), -ENOENT);
  EXPECT_EQ(call(kOpenat, kCwd, kName, 1 << 20, O_RDONLY, 0), -ENAMETOOLONG);
  EXPECT_EQ(call(kOpenat, kCwd, kEnd - 2, 4, O_RDONLY, 0), -EFAULT);
  EXPECT_EQ(call(kOpenat, kCwd, 0, 4, O_RDONLY, 0), -EFAULT);
}

TEST_F(HtifProxyTest, PathsAreRelativeToOpenDirectories) {
  tree.make_directory("dir");
  tree.write("dir/file", "x");
  const int64_t dir = open("dir", O_RDONLY | O_DIRECTORY);
  ASSERT_GE(dir, 3);
  EXPECT_GE(open("file", O_RDONLY, static_cast<uint64_t>(dir)), 3);
  EXPECT_GE(open("../dir/file", O_RDONLY, static_cast<uint64_t>(dir)), 3);
  EXPECT_EQ(open("../../secret", O_RDONLY, static_cast<uint64_t>(dir)), -ENOENT);
  EXPECT_EQ(open("file", O_RDONLY, 77), -EBADF);
  EXPECT_EQ(open("file", O_RDONLY, 1), -ENOTDIR);
}

TEST_F(HtifProxyTest, CurrentDirectoryCanChangeBelowTheRootOnly) {
  tree.make_directory("dir");
  tree.write("dir/file", "x");
  EXPECT_EQ(call(kGetcwd, kBuffer, 64), 2);
  EXPECT_EQ(memory.text(kBuffer, 2), std::string("/\0", 2));
  put_name("dir");
  EXPECT_EQ(call(kChdir, kName), 0);
  EXPECT_GE(open("file"), 3);
  EXPECT_EQ(call(kGetcwd, kBuffer, 64), 5);
  EXPECT_EQ(memory.text(kBuffer, 5), std::string("/dir\0", 5));
  EXPECT_EQ(call(kGetcwd, kBuffer, 4), -ERANGE);
  EXPECT_EQ(call(kGetcwd, kEnd - 2, 64), -EFAULT);
  put_name("../../..");
  EXPECT_EQ(call(kChdir, kName), 0);
  EXPECT_EQ(open("secret"), -ENOENT);
  put_name("none");
  EXPECT_EQ(call(kChdir, kName), -ENOENT);
  memory.bytes.assign(memory.bytes.size(), 'x');
  EXPECT_EQ(call(kChdir, kEnd - 10), -EFAULT);
  EXPECT_EQ(call(kChdir, kName), -ENAMETOOLONG);
}

TEST_F(HtifProxyTest, StatusHasTheLayoutOfGenericLinux) {
  tree.write("f", "12345");
  const int64_t fd = open("f");
  struct stat host {};
  ASSERT_EQ(::stat((tree.root() + "/f").c_str(), &host), 0);
  const uint64_t length = put_name("f");
  for (int how = 0; how < 3; ++how) {
    std::fill_n(memory.bytes.begin() + (kBuffer - kBase), 136, 0xee);
    if (how == 0) {
      EXPECT_EQ(call(kFstat, fd, kBuffer), 0);
    }
    if (how == 1) {
      EXPECT_EQ(call(kFstatat, kCwd, kName, length, kBuffer, 0), 0);
    }
    if (how == 2) {
      EXPECT_EQ(call(kLstat, kName, length, kBuffer), 0);
    }
    EXPECT_EQ(memory.word(kBuffer + 0), host.st_dev);
    EXPECT_EQ(memory.word(kBuffer + 8), host.st_ino);
    EXPECT_EQ(half(kBuffer + 16), host.st_mode);
    EXPECT_EQ(half(kBuffer + 20), 1u);
    EXPECT_EQ(half(kBuffer + 24), host.st_uid);
    EXPECT_EQ(half(kBuffer + 28), host.st_gid);
    EXPECT_EQ(memory.word(kBuffer + 48), 5u);
    EXPECT_EQ(half(kBuffer + 56), static_cast<uint32_t>(host.st_blksize));
    EXPECT_EQ(memory.word(kBuffer + 88), static_cast<uint64_t>(host.st_mtim.tv_sec));
    EXPECT_EQ(memory.word(kBuffer + 128), 0xeeeeeeeeeeeeeeeeu) << "128 bytes and no more";
  }
  EXPECT_EQ(call(kFstat, fd, kEnd - 127), -EFAULT);
  EXPECT_EQ(call(kFstat, 99, kBuffer), -EBADF);
}

TEST_F(HtifProxyTest, LinksAreFollowedUnlessAskedNotTo) {
  tree.write("f", "12345");
  tree.link("f", "l");
  const uint64_t length = put_name("l");
  EXPECT_EQ(call(kFstatat, kCwd, kName, length, kBuffer, 0), 0);
  EXPECT_TRUE(S_ISREG(half(kBuffer + 16)));
  EXPECT_EQ(call(kFstatat, kCwd, kName, length, kBuffer, 0x100), 0);
  EXPECT_TRUE(S_ISLNK(half(kBuffer + 16)));
  EXPECT_EQ(call(kLstat, kName, length, kBuffer), 0);
  EXPECT_TRUE(S_ISLNK(half(kBuffer + 16)));
  EXPECT_EQ(call(kReadlinkat, kCwd, kName, length, kBuffer, 64), 1);
  EXPECT_EQ(memory.text(kBuffer, 1), "f");
  EXPECT_EQ(call(kReadlinkat, kCwd, kName, length, kEnd, 64), -EFAULT);
}

TEST_F(HtifProxyTest, StatxReportsNamesAndDescriptors) {
  tree.write("f", "12345");
  const int64_t fd = open("f");
  uint64_t length = put_name("f");
  EXPECT_EQ(call(kStatx, kCwd, kName, length, 0, 0x7ff, kBuffer), 0);
  EXPECT_EQ(memory.word(kBuffer + 40), 5u) << "stx_size";
  length = put_name("");
  memory.set_word(kBuffer + 40, 0);
  EXPECT_EQ(call(kStatx, fd, kName, length, 0x1000, 0x7ff, kBuffer), 0);
  EXPECT_EQ(memory.word(kBuffer + 40), 5u);
  EXPECT_EQ(call(kStatx, fd, kName, length, 0, 0x7ff, kBuffer), -ENOENT);
  EXPECT_EQ(call(kStatx, 88, kName, length, 0x1000, 0x7ff, kBuffer), -EBADF);
  EXPECT_EQ(call(kStatx, fd, kName, length, 0x1000, 0x7ff, kEnd - 255), -EFAULT);
}

TEST_F(HtifProxyTest, ConsoleIsACharacterDeviceThatCannotSeek) {
  for (uint64_t fd : {0, 1, 2}) {
    EXPECT_EQ(call(kFstat, fd, kBuffer), 0);
    EXPECT_TRUE(S_ISCHR(half(kBuffer + 16)));
    EXPECT_EQ(call(kLseek, fd, 0, SEEK_CUR), -ESPIPE);
    EXPECT_EQ(call(kPread, fd, kBuffer, 1, 0), -ESPIPE);
    EXPECT_EQ(call(kPwrite, fd, kBuffer, 1, 0), -ESPIPE);
    EXPECT_EQ(call(kFtruncate, fd, 0), -EINVAL);
    EXPECT_EQ(call(kClose, fd), 0);
  }
  EXPECT_EQ(call(kWrite, 1, kBuffer, 1), 1) << "closing the console changes nothing";
}

TEST_F(HtifProxyTest, NamesCanBeMadeMovedLinkedAndRemoved) {
  uint64_t length = put_name("d");
  EXPECT_EQ(call(kMkdirat, kCwd, kName, length, 0755), 0);
  tree.write("f", "x");
  length = put_name("f");
  uint64_t other = put_name("d/g", kOtherName);
  EXPECT_EQ(call(kLinkat, kCwd, kName, length, kCwd, kOtherName, other, 0), 0);
  EXPECT_TRUE(tree.exists("d/g"));
  EXPECT_EQ(call(kFaccessat, kCwd, kName, length, 4), 0);
  EXPECT_EQ(call(kUnlinkat, kCwd, kName, length, 0), 0);
  EXPECT_EQ(call(kRenameat, kCwd, kOtherName, other, kCwd, kName, length), 0);
  EXPECT_TRUE(tree.exists("f"));
  length = put_name("d");
  EXPECT_EQ(call(kUnlinkat, kCwd, kName, length, 0x200), 0);
  EXPECT_FALSE(tree.exists("d"));
}

TEST_F(HtifProxyTest, FlagsOfDescriptorsCanBeAsked) {
  tree.write("f", "");
  EXPECT_EQ(call(kFcntl, static_cast<uint64_t>(open("f", O_WRONLY)), F_GETFL), O_WRONLY);
  EXPECT_EQ(call(kFcntl, 1, F_GETFL), O_RDWR);
  EXPECT_EQ(call(kFcntl, 1, F_SETFD, 1), 0);
  EXPECT_EQ(call(kFcntl, 1, F_SETFL, O_NONBLOCK), -EINVAL);
  EXPECT_EQ(call(kFcntl, 50, F_GETFL), -EBADF);
}

TEST_F(HtifProxyTest, NumberOfOpenFilesIsLimitedAndDescriptorsAreReused) {
  tree.write("f", "");
  for (unsigned i = 0; i < HtifProxy::kMaxFiles; ++i) ASSERT_EQ(open("f"), 3 + i);
  EXPECT_EQ(open("f"), -EMFILE);
  EXPECT_EQ(call(kClose, 100), 0);
  EXPECT_EQ(open("f"), 100);
}

TEST_F(HtifProxyTest, MainVariablesAreArgcArgvAndAnEmptyEnvironment) {
  const uint64_t strings = kBuffer + 6 * 8;
  const uint64_t total = 6 * 8 + 5 + 1 + 10;
  EXPECT_EQ(call(kGetmainvars, kBuffer, total), 0);
  EXPECT_EQ(memory.word(kBuffer), 3u);
  EXPECT_EQ(memory.word(kBuffer + 8), strings);
  EXPECT_EQ(memory.word(kBuffer + 16), strings + 5);
  EXPECT_EQ(memory.word(kBuffer + 24), strings + 6);
  EXPECT_EQ(memory.word(kBuffer + 32), 0u);
  EXPECT_EQ(memory.word(kBuffer + 40), 0u);
  EXPECT_EQ(memory.text(strings, 16), std::string("prog\0\0two words\0", 16));
  EXPECT_EQ(call(kGetmainvars, kBuffer, total - 1), -ENOMEM);
  EXPECT_EQ(call(kGetmainvars, kEnd - total + 1, total), -EFAULT);
  EXPECT_EQ(call(kGetmainvars, kEnd - total, total), 0);
}

TEST_F(HtifProxyTest, WithoutARootNoFileOpens) {
  HtifProxy closed(memory, console, errors, input, "", {});
  tree.write("f", "");
  const uint64_t length = put_name("/etc/passwd");
  const uint64_t words[8] = {kOpenat, kCwd, kName, length, O_RDONLY, 0, 0, 0};
  for (unsigned i = 0; i < 8; ++i) memory.set_word(kBlock + 8 * i, words[i]);
  EXPECT_EQ(closed.run(kBlock), Outcome::kDone);
  EXPECT_EQ(static_cast<int64_t>(memory.word(kBlock)), -EACCES);
}

}  // namespace
}  // namespace rvx
