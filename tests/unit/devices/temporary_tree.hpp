// A host directory for one test, with a secret beside it that nothing in it may reach.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace rvx::fake {

class TemporaryTree {
 public:
  TemporaryTree() {
    std::string name = (std::filesystem::temp_directory_path() / "rvx-test-XXXXXX").string();
    base_ = ::mkdtemp(name.data());
    std::filesystem::create_directory(root());
    write_outside("secret", "secret");
  }
  ~TemporaryTree() { std::filesystem::remove_all(base_); }
  TemporaryTree(const TemporaryTree&) = delete;
  TemporaryTree& operator=(const TemporaryTree&) = delete;

  [[nodiscard]] std::string root() const { return base_ + "/root"; }
  [[nodiscard]] std::string outside() const { return base_; }
  void write(const std::string& name, const std::string& text) const {
    write_outside("root/" + name, text);
  }
  void write_outside(const std::string& name, const std::string& text) const {
    std::ofstream(base_ + "/" + name) << text;
  }
  [[nodiscard]] std::string read(const std::string& name) const {
    std::ostringstream text;
    text << std::ifstream(root() + "/" + name).rdbuf();
    return text.str();
  }
  [[nodiscard]] bool exists(const std::string& name) const {
    return std::filesystem::exists(root() + "/" + name);
  }
  void link(const std::string& target, const std::string& name) const {
    std::filesystem::create_symlink(target, root() + "/" + name);
  }
  void make_directory(const std::string& name) const {
    std::filesystem::create_directory(root() + "/" + name);
  }

 private:
  std::string base_;
};

}  // namespace rvx::fake
