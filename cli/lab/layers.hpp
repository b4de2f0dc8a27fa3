// What a machine's events say about its layers: who runs in user mode, what the kernel does, whose root is in force.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "machine/error.hpp"
#include "machine/event_log.hpp"

namespace rvx::cli::lab {

struct RecordedEvents {
  unsigned harts = 1;
  std::vector<EventRecord> events;
};
// What `--events` has written. Fails with 126.
[[nodiscard]] Result<RecordedEvents> parse_events(const std::string& file, std::string_view text);

// Steps through recorded events and draws what each has led to.
class Layers {
 public:
  explicit Layers(const RecordedEvents& recorded);
  [[nodiscard]] size_t steps() const { return recorded_.events.size(); }
  // The state behind step `index`, as lines of at most 78 columns.
  [[nodiscard]] std::string draw(size_t index);
  // The next step from `index` on (itself included) at which another thread goes on; steps() if none.
  [[nodiscard]] size_t next_switch(size_t index) const;

 private:
  struct Hart {
    unsigned process = 0, thread = 0, user_thread = 0;
    bool is_idle = true, is_in_kernel = true;
    std::string kernel;  // what it does there
    uint64_t time_ns = 0, instret = 0;
  };
  void apply(const EventRecord& record);
  void go_to(size_t index);
  [[nodiscard]] std::string process_text(unsigned process) const;

  const RecordedEvents& recorded_;
  size_t done_ = 0;  // events that are in the state
  std::vector<Hart> harts_;
  std::map<unsigned, std::string> names_;        // of processes
  std::map<uint64_t, std::string> waiting_;      // threads, by process and thread
  uint64_t last_ns_ = 0, last_instret_ = 0;      // of the hart, before the last event
};

}  // namespace rvx::cli::lab
