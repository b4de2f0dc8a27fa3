// What a machine's events say about its layers: who runs in user mode, what the kernel does, whose root is in force, what the TLB holds.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "cli/event_file.hpp"
#include "machine/error.hpp"
#include "machine/hart_view.hpp"

namespace rvx::cli::lab {

// Steps through recorded events and draws what each has led to.
class Layers {
 public:
  // `file` lasts longer than this.
  explicit Layers(const EventFile& file);
  // Fails with 126 where a view in the file is not one.
  [[nodiscard]] static Outcome check(const EventFile& file);
  [[nodiscard]] size_t steps() const { return file_.records.size(); }
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
    HartView view;
  };
  void apply(const EventRecord& record);
  void go_to(size_t index);
  [[nodiscard]] std::string process_text(unsigned process) const;
  [[nodiscard]] std::string root_text(const Hart& hart, bool is_known) const;
  [[nodiscard]] std::string tlb_text(const Hart& hart) const;

  const EventFile& file_;
  size_t done_ = 0;  // events that are in the state
  std::vector<Hart> harts_;
  std::map<unsigned, std::string> names_;        // of processes
  std::map<uint64_t, std::string> waiting_;      // threads, by process and thread
  std::map<uint64_t, unsigned> roots_;           // satp as it was when a process went on in user mode
  std::map<unsigned, unsigned> asids_;           // and the process that had the ASID last
  // Of the hart, before the last event.
  uint64_t last_ns_ = 0, last_instret_ = 0;
  HartView last_view_;
  bool has_views_ = false;
};

}  // namespace rvx::cli::lab
