// Stand-ins for what the machine gives a device: a clock, guest RAM, a console, a visitor of state.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <functional>
#include <map>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "devices/device.hpp"

namespace rvx::fake {

class Console : public CharSink {
 public:
  void put(const uint8_t* bytes, size_t count) noexcept override {
    text.append(reinterpret_cast<const char*>(bytes), count);
    ++calls;
  }
  std::string text;
  unsigned calls = 0;
};

// Machine time that moves only when a test says so.
class ManualClock : public Clock {
 public:
  [[nodiscard]] uint64_t now_ns() const noexcept override { return now; }
  [[nodiscard]] uint64_t epoch_seconds() const noexcept override { return epoch; }
  void call_at(uint64_t when_ns, std::function<void()> action) override {
    actions.emplace(when_ns, std::move(action));
    most_actions = std::max(most_actions, actions.size());
  }
  // Run everything that is due up to `until_ns`, each at its own time.
  void advance_to(uint64_t until_ns) {
    while (!actions.empty() && actions.begin()->first <= until_ns) {
      auto first = actions.extract(actions.begin());
      now = std::max(now, first.key());
      first.mapped()();
    }
    now = until_ns;
  }

  uint64_t now = 0;
  uint64_t epoch = 0;
  std::multimap<uint64_t, std::function<void()>> actions;
  size_t most_actions = 0;
};

// RAM at 0x80000000 that refuses everything else and counts the requests.
class Memory : public DmaPort {
 public:
  static constexpr uint64_t kBase = 0x80000000;

  explicit Memory(uint64_t size = 0x10000) : bytes(size) {}

  [[nodiscard]] uint8_t* map(uint64_t address, uint64_t length, bool) noexcept override {
    const uint64_t offset = address - kBase;
    if (offset >= bytes.size() || length > bytes.size() - offset) return nullptr;
    return bytes.data() + offset;
  }
  [[nodiscard]] uint64_t word(uint64_t address) const {
    uint64_t value = 0;
    std::memcpy(&value, bytes.data() + (address - kBase), 8);
    return value;
  }
  void set_word(uint64_t address, uint64_t value) {
    std::memcpy(bytes.data() + (address - kBase), &value, 8);
  }
  void set_text(uint64_t address, const std::string& text) {  // with its NUL
    std::memcpy(bytes.data() + (address - kBase), text.c_str(), text.size() + 1);
  }
  [[nodiscard]] std::string text(uint64_t address, size_t length) const {
    return {reinterpret_cast<const char*>(bytes.data() + (address - kBase)), length};
  }

  std::vector<uint8_t> bytes;
};

// Copies every visited field out of one device and into another, by name.
class StateCopy {
 public:
  class Save {
   public:
    explicit Save(StateCopy& copy) : copy_(copy) {}
    template <class T>
    void operator()(const char* name, T& field) {
      std::string& blob = copy_.fields_[name];
      if constexpr (std::is_trivially_copyable_v<T>) {
        blob.assign(reinterpret_cast<const char*>(&field), sizeof field);
      } else {
        blob.assign(reinterpret_cast<const char*>(field.data()),
                    field.size() * sizeof(*field.data()));
      }
    }

   private:
    StateCopy& copy_;
  };
  class Load {
   public:
    explicit Load(const StateCopy& copy) : copy_(copy) {}
    template <class T>
    void operator()(const char* name, T& field) {
      const std::string& blob = copy_.fields_.at(name);
      if constexpr (std::is_trivially_copyable_v<T>) {
        std::memcpy(&field, blob.data(), sizeof field);
      } else {
        field.resize(blob.size() / sizeof(*field.data()));
        std::memcpy(static_cast<void*>(field.data()), blob.data(), blob.size());
      }
    }

   private:
    const StateCopy& copy_;
  };

  template <class D>
  void save(D& device) {
    Save visitor(*this);
    device.visit_state(visitor);
  }
  template <class D>
  void load(D& device) const {
    Load visitor(*this);
    device.visit_state(visitor);
  }
  [[nodiscard]] std::string& field(const std::string& name) { return fields_.at(name); }

 private:
  std::map<std::string, std::string> fields_;
};

}  // namespace rvx::fake
