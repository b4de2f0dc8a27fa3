// Rules of the guest's file tree: everything below the root works, nothing outside can be reached.
#include "devices/root_directory.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string>

#include "tests/unit/devices/temporary_tree.hpp"

namespace rvx {
namespace {

class RootDirectoryTest : public ::testing::Test {
 protected:
  std::string contents(const std::string& path) {
    const Descriptor fd(root.open(path, O_RDONLY, 0));
    if (fd.get() < 0) return "errno " + std::to_string(-fd.get());
    char text[64];
    const ssize_t length = ::read(fd.get(), text, sizeof text);
    return {text, length < 0 ? 0 : static_cast<size_t>(length)};
  }
  std::string error(int code) { return "errno " + std::to_string(code); }

  fake::TemporaryTree tree;
  RootDirectory root{tree.root()};
};

TEST_F(RootDirectoryTest, FilesBelowTheRootOpenByAbsoluteAndRelativePath) {
  tree.make_directory("sub");
  tree.write("sub/file", "inside");
  EXPECT_EQ(contents("/sub/file"), "inside");
  EXPECT_EQ(contents("sub/file"), "inside");
  EXPECT_EQ(contents("/sub/../sub/./file"), "inside");
  EXPECT_EQ(contents("/none"), error(ENOENT));
}

TEST_F(RootDirectoryTest, DotDotStopsAtTheRoot) {
  EXPECT_EQ(contents("../secret"), error(ENOENT));
  EXPECT_EQ(contents("/../secret"), error(ENOENT));
  tree.make_directory("sub");
  EXPECT_EQ(contents("sub/../../secret"), error(ENOENT));
  tree.write("file", "inside");
  EXPECT_EQ(contents("/../../../file"), "inside");
}

TEST_F(RootDirectoryTest, SymbolicLinksCannotLeaveTheRoot) {
  tree.link(tree.outside() + "/secret", "absolute");
  tree.link("../secret", "relative");
  tree.link("..", "up");
  EXPECT_EQ(contents("absolute"), error(ENOENT));
  EXPECT_EQ(contents("relative"), error(ENOENT));
  EXPECT_EQ(contents("up/secret"), error(ENOENT));
  tree.write("file", "inside");
  tree.link("/file", "good");
  EXPECT_EQ(contents("good"), "inside") << "absolute links mean the guest's root";
}

TEST_F(RootDirectoryTest, CreatingThroughALinkStaysInside) {
  tree.link("../created", "dangling");
  const Descriptor fd(root.open("dangling", O_WRONLY | O_CREAT, 0644));
  EXPECT_GE(fd.get(), 0);
  EXPECT_EQ(::access((tree.outside() + "/created").c_str(), F_OK), -1);
  EXPECT_TRUE(tree.exists("created"));
}

TEST_F(RootDirectoryTest, MagicLinksOfProcAreNotFollowed) {
  RootDirectory proc("/proc/self");
  const Descriptor fd(proc.open("exe", O_RDONLY, 0));
  EXPECT_LT(fd.get(), 0);
}

TEST_F(RootDirectoryTest, FifosAndDevicesAreRefusedWithoutWaiting) {
  ASSERT_EQ(::mkfifo((tree.root() + "/fifo").c_str(), 0600), 0);
  EXPECT_EQ(contents("fifo"), error(EACCES));
  RootDirectory dev("/dev");
  const Descriptor null(dev.open("null", O_RDWR, 0));
  EXPECT_EQ(null.get(), -EACCES);
}

TEST_F(RootDirectoryTest, DirectoriesOpenForReading) {
  const Descriptor fd(root.open("/", O_RDONLY | O_DIRECTORY, 0));
  EXPECT_GE(fd.get(), 0);
}

TEST_F(RootDirectoryTest, ChangesOfNamesStayInside) {
  tree.write("file", "x");
  tree.link("..", "up");
  EXPECT_EQ(root.remove("../secret", false), -ENOENT);
  EXPECT_EQ(root.remove("up/secret", false), -ENOENT);
  EXPECT_EQ(root.rename("file", "up/stolen"), 0);
  EXPECT_TRUE(tree.exists("stolen")) << "\"up\" is the root itself";
  EXPECT_EQ(root.link("../secret", "copy"), -ENOENT);
  EXPECT_EQ(root.make_directory("../made", 0755), 0);
  EXPECT_TRUE(tree.exists("made"));
  EXPECT_EQ(::access((tree.outside() + "/secret").c_str(), F_OK), 0);
  EXPECT_EQ(::access((tree.outside() + "/made").c_str(), F_OK), -1);
}

TEST_F(RootDirectoryTest, NamesCanBeMadeMovedLinkedAndRemoved) {
  EXPECT_EQ(root.make_directory("/dir/", 0755), 0);
  EXPECT_EQ(root.make_directory("dir", 0755), -EEXIST);
  tree.write("a", "text");
  EXPECT_EQ(root.link("a", "dir/b"), 0);
  EXPECT_EQ(tree.read("dir/b"), "text");
  EXPECT_EQ(root.rename("dir/b", "/c"), 0);
  EXPECT_EQ(tree.read("c"), "text");
  EXPECT_EQ(root.remove("dir", false), -EISDIR);
  EXPECT_EQ(root.remove("dir", true), 0);
  EXPECT_EQ(root.remove("a", false), 0);
  EXPECT_FALSE(tree.exists("a"));
}

TEST_F(RootDirectoryTest, RootAndDotsAreNotNamesThatCanChange) {
  for (const char* path : {"/", ".", "..", "", "///", "a/.."}) {
    EXPECT_LT(root.remove(path, true), 0) << path;
    EXPECT_LT(root.rename(path, "x"), 0) << path;
    EXPECT_LT(root.link("x", path), 0) << path;
    EXPECT_LT(root.make_directory(path, 0755), 0) << path;
  }
  EXPECT_TRUE(tree.exists("."));
}

TEST_F(RootDirectoryTest, ReadLinkGivesTheTargetOfLinksOnly) {
  tree.link("some/where", "link");
  tree.write("file", "");
  char target[64];
  EXPECT_EQ(root.read_link("link", target, sizeof target), 10);
  EXPECT_EQ(std::string(target, 10), "some/where");
  EXPECT_EQ(root.read_link("file", target, sizeof target), -EINVAL);
}

TEST_F(RootDirectoryTest, WithoutARootThereAreNoFiles) {
  RootDirectory none("");
  EXPECT_EQ(none.error(), "");
  EXPECT_EQ(none.open("/etc/passwd", O_RDONLY, 0), -EACCES);
  EXPECT_EQ(none.open_name("/", true), -EACCES);
  EXPECT_EQ(none.make_directory("x", 0755), -EACCES);
  EXPECT_EQ(none.remove("x", false), -EACCES);
}

TEST_F(RootDirectoryTest, RootThatCannotBeOpenedSaysWhy) {
  RootDirectory missing(tree.root() + "/none");
  EXPECT_EQ(missing.error(), "No such file or directory");
  EXPECT_EQ(missing.open("/", O_RDONLY, 0), -EACCES);
}

TEST_F(RootDirectoryTest, PathsWithANulAreRefused) {
  EXPECT_EQ(root.open(std::string("a\0b", 3), O_RDONLY, 0), -EINVAL);
}

}  // namespace
}  // namespace rvx
