// A whole machine: harts, RAM and devices wired together, loaded and run to its end.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "cpu/code_cache.hpp"
#include "cpu/commit_log.hpp"
#include "cpu/hart.hpp"
#include "cpu/interpreter.hpp"
#include "cpu/safe_points.hpp"
#include "cpu/system.hpp"
#include "devices/clint.hpp"
#include "devices/device.hpp"
#include "devices/finisher.hpp"
#include "devices/goldfish_rtc.hpp"
#include "devices/htif.hpp"
#include "devices/plic.hpp"
#include "devices/ram.hpp"
#include "devices/rom.hpp"
#include "devices/semihosting.hpp"
#include "devices/uart16550.hpp"
#include "devices/virtio/mmio.hpp"
#include "devices/virtio/slirp_net.hpp"
#include "devices/virtio/virtio_device.hpp"
#include "jit/translator.hpp"
#include "machine/config.hpp"
#include "machine/error.hpp"
#include "machine/hart_view.hpp"
#include "machine/image_loader.hpp"
#include "machine/machine_clock.hpp"
#include "machine/measurements.hpp"
#include "mmu/physical_memory.hpp"

namespace rvx {

class EventLog;
struct EventRecord;

// How a run ended.
struct Ending {
  enum class Kind : uint8_t {
    kPass,         // the guest reported success (finisher pass, HTIF exit 0, semihosting exit 0)
    kFail,         // the guest reported `code`
    kPowerOff,     // a clean power-off of a booted system: as kPass, by the same register
    kReset,        // the guest asked for a reset
    kInstructionLimit,
    kTimeout,
    kStuck,        // every hart spins or waits and nothing can wake one
    kStopped,      // request_stop() with kUserStop or a signal
    kNoThread,     // the host gives no thread for each hart
  } kind = Kind::kPass;
  uint64_t code = 0;       // the guest's own, unclamped
  std::string source;      // "finisher", "htif", "semihosting": who said so
};

// The device tree's input for a machine; `board` is config.board's.
[[nodiscard]] FdtInput describe_machine(const MachineConfig& config, const Board& board);

class Machine final : public HartEnvironment {
 public:
  // Where the console goes. Bytes typed are pushed into console_input().
  Machine(const MachineConfig& config, CharSink& console);
  ~Machine() override;
  Machine(const Machine&) = delete;
  Machine& operator=(const Machine&) = delete;

  // Build, load and reset. On failure nothing may be run.
  [[nodiscard]] Outcome start();

  // Run until the guest or a limit ends it. May be called once after start().
  [[nodiscard]] Ending run();

  // End run() soon; callable from a PollSource, a device callback, a signal handler, any thread.
  void request_stop() noexcept {
    stop_requested_.store(true);
    wake_host();
  }

  // Who takes what is typed: semihosting where it is on, HTIF where the program uses that, else the UART.
  [[nodiscard]] CharReceiver& console_input() noexcept;
  // There will be no more input: readers of a file-like console see its end.
  void end_console_input() noexcept;
  // Called when console_input() has room again.
  std::function<void()> on_console_room;
  // A terminal or other host descriptors, polled while the machine runs. Not owned.
  void add_poll_source(PollSource& source) { poll_sources_.push_back(&source); }
  // In deterministic mode: while all harts wait, machine time does not run ahead of the host's, as for a person who types.
  // What comes in any case comes at the same machine time.
  bool paces_idle = false;
  // Called before the machine sleeps and now and then: the console may flush.
  std::function<void()> on_idle;

  // Write one line for each instruction in Spike's formats; nullptr ends it. Slow.
  void set_commit_log(CommitLog* log) noexcept {
    for (auto& interpreter : interpreters_) interpreter->set_log(log);
  }

  // With MachineConfig::observes_events: write the guest's events down; nullptr ends it. Not owned.
  void set_event_log(EventLog* log) {
    event_log_ = log;
    views_.assign(harts_.size(), {});
  }
  // With MachineConfig::observes_events. Where harts run at the same time, those of others than who began and ended
  // count as far as they last gave control back.
  [[nodiscard]] const Measurements& measurements() const noexcept { return measurements_; }
  // All counters by name, sums over harts; of the model's but those with another's name.
  void each_counter(const CounterVisitor& visit) const;
  // The model's alone, by the names of model_counters.hpp.
  void each_model_counter(const CounterVisitor& visit) const;

  [[nodiscard]] const MachineConfig& config() const noexcept { return config_; }
  [[nodiscard]] const BootImages& images() const noexcept { return images_; }
  [[nodiscard]] size_t hart_count() const noexcept { return harts_.size(); }
  [[nodiscard]] Hart& hart(size_t index) noexcept { return *harts_[index]; }
  [[nodiscard]] Ram& ram() noexcept { return *ram_; }
  [[nodiscard]] PhysicalMemory& memory() noexcept { return *memory_; }
  [[nodiscard]] const CodeCache& code(size_t index) const noexcept { return *codes_[index]; }
  [[nodiscard]] const jit::Translator* translator(size_t index) const noexcept {  // nullptr without the JIT
    return translators_.empty() ? nullptr : translators_[index].get();
  }
  [[nodiscard]] uint64_t instructions() const noexcept;  // retired by all harts
  [[nodiscard]] uint64_t now_ns() const noexcept { return clock_.now_ns(); }
  // What a hart's memory is modelled by, or nullptr.
  [[nodiscard]] const MemoryModel* model(size_t index) const noexcept { return models_.empty() ? nullptr : models_[index].get(); }
  // Host ports of --fwd auto:... and all others, as they are in force.
  [[nodiscard]] const std::vector<PortForward>* forwards() const noexcept;
  // One line each, worth a warning to the user.
  [[nodiscard]] const std::vector<std::string>& notes() const noexcept { return images_.notes; }

 private:
  // HartEnvironment
  uint64_t time(const Hart& hart) const noexcept override;
  Call semihosting_call(Hart& hart) noexcept override;
  void fetch_fence(Hart& hart) noexcept override;
  void firmware_fence(Hart& hart) noexcept override;
  bool observes_events() const noexcept override { return config_.observes_events; }
  void event(Hart& hart, uint64_t word, uint64_t argument) noexcept override;
  void log_event(const Hart& hart, EventRecord record);

  Outcome make_devices();
  Outcome make_virtio();
  void attach_virtio(std::unique_ptr<VirtioDevice> device);
  Outcome load();
  void write_reset_code();
  // After reset: the configured model counts, unless it begins later.
  void prepare_models();
  // From now on the configured model counts.
  void attach_models();
  void sent_ipi(Hart& from, unsigned to) noexcept;
  [[nodiscard]] uint64_t charge_awaited_fences(Hart& hart) noexcept;

  // The guest has ended by itself; a device calls this.
  void finish(Ending ending) noexcept;
  // The run ends like this, unless it has already.
  void end_run(Ending ending) noexcept;
  [[nodiscard]] bool has_ended() const noexcept { return has_ended_.load(std::memory_order_relaxed); }
  // Lines of an interrupt controller, on any thread in a DeviceSection.
  void set_lines(Hart& hart, uint64_t bits, bool level) noexcept;
  // What is asked of a hart by mail.
  void act_on_mail(unsigned hart, const HartMail& mail) noexcept;
  // The hart that a device works for, inside a DeviceSection, or nullptr.
  [[nodiscard]] Hart* device_user() noexcept;
  // Timers of one hart against the clock; and when the earlier of them is due, machine time.
  void update_timers(Hart& hart) noexcept;
  [[nodiscard]] uint64_t timer_deadline_ns(const Hart& hart) const noexcept;

  // real_time.cpp
  void run_real_time();
  void run_host();
  void run_hart(Hart& hart);
  void run_slice(Hart& hart);
  void rest(Hart& hart, uint64_t longest_ns);
  [[nodiscard]] uint64_t claim_instructions(uint64_t wanted) noexcept;
  void return_claim(uint64_t claimed, uint64_t retired) noexcept;
  void wake_host() noexcept;

  // scheduler.cpp
  void run_deterministic();
  uint64_t run_turn(Hart& hart, uint64_t from_ns, uint64_t to_ns);
  void service(Hart& hart);
  [[nodiscard]] bool is_over() noexcept;
  bool poll_host(uint64_t timeout_ns);
  [[nodiscard]] uint64_t wait_for_host(uint64_t now, uint64_t deadline) noexcept;
  [[nodiscard]] bool can_be_woken(Hart& hart) noexcept;
  [[nodiscard]] bool is_parked(Hart& hart) noexcept;
  [[nodiscard]] bool is_stuck() noexcept;
  [[nodiscard]] uint64_t instruction_room() const noexcept;
  [[nodiscard]] uint64_t turn_budget(Hart& hart, uint64_t cycles) noexcept;

  // What a hart's last stretch took, for how many instructions fit before a deadline.
  struct Pace {
    uint64_t instructions = 1;
    uint64_t cycles = 1;
  };

  MachineConfig config_;
  CharSink& console_;
  const Board* board_ = nullptr;
  MachineClock clock_;
  Bus bus_;
  std::unique_ptr<Ram> ram_;
  std::unique_ptr<PhysicalMemory> memory_;
  std::unique_ptr<SafePoints> safe_points_;
  std::vector<std::unique_ptr<MemoryModel>> models_;  // by hart, once they count
  std::vector<std::unique_ptr<Hart>> harts_;
  std::vector<Pace> paces_;  // by hart
  // By hart, with a model: who has sent it an interrupt that it has not fenced for, and how many harts it has waited for.
  static constexpr unsigned kNobodyWaits = ~0u;
  std::vector<unsigned> waiting_for_, fences_awaited_;
  // By hart.
  std::vector<std::unique_ptr<CodeCache>> codes_;
  std::unique_ptr<jit::Workshop> workshop_;  // with the JIT
  std::vector<std::unique_ptr<jit::Translator>> translators_;  // with the JIT
  std::vector<std::unique_ptr<Interpreter>> interpreters_;

  std::unique_ptr<Rom> rom_;
  std::unique_ptr<Finisher> finisher_;
  std::unique_ptr<Clint> clint_;
  std::unique_ptr<Plic> plic_;
  std::unique_ptr<Uart16550> uart_;
  std::unique_ptr<GoldfishRtc> rtc_;
  std::unique_ptr<Htif> htif_;
  std::unique_ptr<Semihosting> semihosting_;
  std::vector<std::unique_ptr<VirtioDevice>> virtio_devices_;
  std::vector<std::unique_ptr<VirtioMmio>> virtio_slots_;
  SlirpNet* slirp_ = nullptr;

  std::mutex observer_mutex_;  // for the rest of these, while threads run
  EventLog* event_log_ = nullptr;
  std::vector<HartView> views_;  // by hart, as they were told last
  Measurements measurements_;
  std::vector<uint64_t> counter_values_;

  BootImages images_;
  std::vector<PollSource*> poll_sources_;
  std::mutex ending_mutex_;
  std::optional<Ending> ending_;  // under ending_mutex_ while threads run
  std::atomic<bool> has_ended_{false};
  std::atomic<bool> stop_requested_{false};
  bool console_has_room_ = false;  // again, after it was full: more input may wait
  uint64_t host_start_ns_ = 0;

  // Real time.
  int wake_fd_ = -1;                      // ends the host thread's poll
  std::atomic<unsigned> idle_harts_{0};   // that only another hart could get to do something
  std::atomic<uint64_t> unclaimed_{0};    // instructions of max_instructions that no hart is running
  std::atomic<uint64_t> retired_{0};      // of max_instructions
};

}  // namespace rvx
