// Makes a case: what kind, its registers and memory, its code and where that stands, how it runs.
#include "cli/fuzz/generator.hpp"

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include "cli/fuzz/handlers.hpp"
#include "cli/fuzz/layout.hpp"
#include "cli/fuzz/memory_map.hpp"
#include "cli/fuzz/program_maker.hpp"
#include "cli/fuzz/random.hpp"
#include "cli/fuzz/spaces.hpp"
#include "cli/fuzz/words.hpp"
#include "cpu/hart_state.hpp"
#include "mmu/window.hpp"

namespace rvx::fuzz {
namespace {

using isa::Ext;

constexpr uint64_t kNowhere = 0x00f0'0000'0000'0000;
constexpr uint8_t kSp = 2;

// ISAs with something left out now and then, so that its rows trap and jumps may be misaligned.
isa::IsaConfig any_isa(Random& random) {
  isa::IsaConfig isa = isa::IsaConfig::all();
  if (random.percent(75)) return isa;
  constexpr const char* kOthers[] = {
      "rv64g",     "rv64gc",      "rv64imac",  "rv64ima",   "rv64gc_zba_zbb_zbs_zicond",
      "max,c=off", "max,zfh=off", "max,f=off", "max,a=off", "max,sstc=off,svadu=off"};
  std::string error;
  isa::IsaConfig other;
  return isa::IsaConfig::parse(random.pick(kOthers), other, error) ? other : isa;
}

class CaseMaker {
 public:
  CaseMaker(uint64_t seed, uint64_t number) : random_(seed, number) {}

  Case make() {
    c_.isa = any_isa(random_);
    is_small_ = random_.percent(4);
    c_.sweeps = is_small_;
    is_hot_ = random_.percent(40);
    // The JIT's code is not entered near the end of a slice.
    if (is_small_ && is_hot_) c_.sweep_from = 700;
    c_.warmth = random_.pick(std::array{1, 1, 2, 2, 3, 5, 8});
    c_.reports = random_.percent(25);
    choose_modes();
    choose_registers();
    choose_spaces();
    make_program();
    fill_registers();
    fill_data();
    choose_csrs();
    choose_schedule();
    c_.about = fmt::format("{} {}{}{}{}{}{}", c_.isa.to_string(),
                           is_paged_ ? fmt::format("{} {}spaces", spaces_.count, spaces_.is_sv39 ? "Sv39 " : "") : "bare",
                           is_paged_ && spaces_.is_shared ? ", shared" : "", is_paged_ && spaces_.is_global ? ", global" : "",
                           delegates_ ? ", delegating" : "", spaces_.twins.empty() ? "" : ", twins",
                           c_.sweeps ? ", interrupt at every instruction" : is_hot_ ? ", long loops" : "");
    return std::move(c_);
  }

 private:
  void choose_modes() {
    constexpr Priv kModes[] = {Priv::kM, Priv::kM, Priv::kM, Priv::kS,
                               Priv::kS, Priv::kS, Priv::kU, Priv::kU};
    c_.priv = random_.pick(kModes);
    is_paged_ = random_.percent(c_.priv == Priv::kM ? 50 : 85);
    delegates_ = random_.percent(50);
    if (is_paged_) {
      // Supervisors cannot run what users can: two of the three aliases.
      plan_.supervisor_base = static_cast<unsigned>(random_.percent(40) ? 2 : random_.below(3));
      plan_.user_base = (plan_.supervisor_base + static_cast<unsigned>(random_.between(1, 2))) % 3;
    }
    bases_ = {kCodeBases[plan_.user_base], kCodeBases[plan_.supervisor_base], kRamBase, kRamBase};
    c_.code_base = bases_[static_cast<size_t>(c_.priv)];
  }

  // sp, where compressed instructions find it, one that short fields can name, and some others.
  void choose_registers() {
    const auto take = [&](uint8_t reg) {
      regs_.reserved |= 1u << reg;
      return reg;
    };
    const auto any = [&](unsigned low, unsigned high) {
      while (true) {
        const auto reg = static_cast<uint8_t>(random_.between(low, high));
        if (!regs_.is_reserved(reg)) return take(reg);
      }
    };
    if (random_.percent(85)) regs_.pointers.push_back({take(kSp), mapped(data_place())});
    regs_.pointers.push_back({any(8, 15), mapped(data_place())});
    for (uint64_t more = random_.below(3); more != 0; --more) {
      const uint64_t dice = random_.below(10);
      uint64_t address = mapped(data_place());
      if (dice < (is_hot_ ? 1 : 2)) address = kDeviceBase + random_.below(kDeviceRefused);
      if (dice == 2) address = random_.pick(std::array{kNowhere + kPageSize, kWindowSize, -kWindowSize}) + random_.below(64) * 16 - 512;
      regs_.pointers.push_back({any(1, 31), address});
    }
    regs_.recovery = any(1, 31);
    for (int i = 0; i < 3; ++i) regs_.counters.push_back(any(1, 31));
  }

  // Near the boundary of two data pages. Atomics need the alignment.
  uint64_t data_place() {
    const uint64_t boundary = kDataBase + random_.between(1, kDataPages - 1) * kPageSize;
    const uint64_t reach = random_.percent(50) ? 64 : 1024;
    return boundary - reach + random_.below(2 * reach / 16) * 16;
  }

  // Where address spaces have that place: mostly, but in machine mode, one of their aliases.
  uint64_t mapped(uint64_t address) {
    if (!is_paged_ || random_.percent(c_.priv == Priv::kM ? 85 : 35)) return address;
    constexpr std::array kUpper{kCodeBases[2], kCodeBases[2], kCodeBases[2] + kLargeOffset, kGigaBase + (kRamBase - kGigaPhysical)};
    constexpr std::array kLower{kCodeBases[1], kCodeBases[1] + kLargeOffset};
    // Windows are for the half where code is.
    const bool is_upper = random_.percent(c_.code_base == kCodeBases[2] ? 90 : 50);
    return address - kRamBase + (is_upper ? random_.pick(kUpper) : random_.pick(kLower));
  }

  void choose_spaces() {
    spaces_.count = static_cast<unsigned>(random_.between(1, 3));
    spaces_.supervisor_base = plan_.supervisor_base;
    spaces_.user_base = plan_.user_base;
    spaces_.has_napot = c_.isa.has(Ext::kSvnapot);
    spaces_.may_fault = random_.percent(is_hot_ ? 20 : 50);
    spaces_.clears_accessed = random_.percent(30);
    spaces_.is_sv39 = random_.percent(70);
    spaces_.is_shared = spaces_.count > 1 && random_.percent(60);
    spaces_.is_global = (spaces_.is_shared || spaces_.count == 1) && random_.percent(70);
    spaces_.user_share = random_.pick(std::array{70u, 30u, 30u});
    if (!is_paged_) return;
    if (spaces_.count > 1 && random_.percent(50)) {
      spaces_.twins.push_back(static_cast<uint8_t>(random_.between(1, 6)));
      spaces_.twins.push_back(static_cast<uint8_t>(random_.between(7, kFirstPatchPage - 1)));
    }
    c_.twins = spaces_.twins;
    plan_.has_twins = !c_.twins.empty();
    Segment tables;
    plan_.spaces = make_spaces(spaces_, random_, tables);
    c_.segments.push_back(std::move(tables));
  }

  void choose_weights() {
    constexpr unsigned kUsual[] = {
#define UNIT(name, weight) weight,
        RVX_FUZZ_UNITS(UNIT)
#undef UNIT
    };
    // Some cases do without, or are full of, one kind or another.
    constexpr unsigned kFactors[] = {0, 1, 2, 2, 2, 2, 4, 8};
    const bool is_varied = random_.percent(80);
    for (size_t i = 0; i < kUnitCount; ++i)
      plan_.weights[i] = kUsual[i] * (is_varied ? random_.pick(kFactors) : 2);
    if (is_hot_) choose_hot_weights();
    plan_.weights[static_cast<size_t>(Unit::k_straight)] += 10;
  }

  // Loops of plain code and calls, with little that translated code has to stop for.
  void choose_hot_weights() {
    for (const Unit unit : {Unit::k_csr_access, Unit::k_status_change, Unit::k_trap, Unit::k_mode_change, Unit::k_space_change,
                            Unit::k_entry_change, Unit::k_code_entry_change, Unit::k_stray_fence, Unit::k_patch, Unit::k_timer, Unit::k_device, Unit::k_wait,
                            Unit::k_protection_change, Unit::k_raw})
      plan_.weights[static_cast<size_t>(unit)] = random_.percent(80) ? 0 : 1;
    if (random_.percent(40)) plan_.weights[static_cast<size_t>(Unit::k_entry_change)] = 8;
    if (random_.percent(25)) plan_.weights[static_cast<size_t>(Unit::k_space_change)] = 8;
    if (random_.percent(25)) plan_.weights[static_cast<size_t>(Unit::k_supervisor_csr)] = 20;
    if (random_.percent(15)) plan_.weights[static_cast<size_t>(Unit::k_counter_read)] = 15;
    if (random_.percent(10)) plan_.weights[static_cast<size_t>(Unit::k_counter_event)] = 15;
    if (random_.percent(15)) plan_.weights[static_cast<size_t>(Unit::k_fp_control)] = 25;
    plan_.weights[static_cast<size_t>(Unit::k_straight)] += 40;
    plan_.weights[static_cast<size_t>(Unit::k_loop)] += 20;
    plan_.weights[static_cast<size_t>(Unit::k_forward_branch)] += 10;
  }

  void make_program() {
    choose_weights();
    plan_.units = static_cast<unsigned>(is_small_ ? random_.between(2, 6) : random_.between(6, 40));
    plan_.functions = static_cast<unsigned>(random_.below(is_small_ ? 2 : 5));
    plan_.rounds = static_cast<unsigned>(is_hot_ ? random_.between(1, 40) : is_small_ ? 1 : random_.between(1, 6));
    plan_.has_long_loops = is_hot_;
    plan_.may_restrict = !delegates_ && random_.percent(30);
    if (plan_.may_restrict) plan_.weights[static_cast<size_t>(Unit::k_entry_change)] = plan_.weights[static_cast<size_t>(Unit::k_code_entry_change)] = 0;
    plan_.has_free_scratch = !delegates_;
    plan_.spaces_plan = spaces_;
    ProgramMaker maker(c_.isa, plan_, regs_, random_);
    maker.make();
    const size_t last = maker.builder().program().chunks.size();
    put_handlers(maker.builder());
    c_.program = std::move(maker.builder().program());
    place(0, maker.first_patch_chunk(), 0, kFirstPatchPage);
    place(maker.first_patch_chunk(), last, kFirstPatchPage, kCodePages);
  }

  // Puts chunks into the pages [first_page, last_page), many of them over the boundary of two.
  void place(size_t first, size_t last, unsigned first_page, unsigned last_page) {
    std::vector<bool> taken((last_page - first_page) * kPageSize / 2);
    auto& chunks = c_.program.chunks;
    const uint32_t unit = c_.isa.has(Ext::kZca) ? 2 : 4;
    // Direct jumps do not reach everywhere: most chunks are near each other.
    const uint64_t near = random_.between(first_page, last_page - 2);
    for (size_t i = first; i < last; ++i) {
      const uint32_t end = i + 1 < chunks.size() ? chunks[i + 1].first
                                                 : static_cast<uint32_t>(c_.program.nodes.size());
      const uint32_t size = code_size(c_.program, chunks[i].first, end);
      for (int tries = 0;; ++tries) {
        uint64_t page = random_.percent(75) ? near + random_.below(2)
                                            : random_.between(first_page, last_page - 1);
        if (tries > 100) page = random_.between(first_page, last_page - 1);
        const uint64_t base = (page - first_page) * kPageSize;
        uint64_t at = base + random_.below(kPageSize / unit) * unit;
        if (random_.percent(50))
          at = base + kPageSize -
               std::min<uint64_t>(random_.below(size / unit + 2) * unit, kPageSize);
        if (at + size > taken.size() * 2) {
          if (tries < 1000) continue;
          at = 0;  // no room: it stands over what is there, which makes a case of its own
        }
        const auto begin = taken.begin() + static_cast<std::ptrdiff_t>(at / 2);
        const auto stop = begin + static_cast<std::ptrdiff_t>(size / 2);
        if (tries < 1000 && std::find(begin, stop, true) != stop) continue;
        std::fill(begin, stop, true);
        chunks[i].offset = static_cast<uint32_t>(first_page * kPageSize + at);
        break;
      }
    }
  }

  void put_handlers(Builder& b) {
    for (const bool to_supervisor : {false, true}) {
      HandlerPlan plan;
      plan.to_supervisor = to_supervisor;
      plan.recovery = regs_.recovery;
      plan.bases = bases_;
      for (unsigned code = 0; code < plan.actions.size(); ++code) {
        const bool is_fetch = code == 0 || code == 1 || code == 12;
        const bool is_call = code >= 8 && code <= 11;
        const bool recovers = is_fetch || (!is_call && random_.percent(10));
        plan.actions[code] = recovers  ? Action::kRecover
                             : is_call ? Action::kSwitch
                                       : Action::kSkip;
      }
      constexpr std::array<uint8_t, 5> kModes{0, 1, 3, 0, 1};
      const auto own = static_cast<uint8_t>(c_.priv);
      for (uint8_t& mode : plan.modes) {
        mode = random_.percent(40) ? own : random_.pick(kModes);
        if (to_supervisor && mode == 3) mode = 1;
      }
      put_handler(b, plan, random_);
      c_.segments.push_back(save_page(plan));
    }
  }

  void fill_registers() {
    const auto& pool = word_pool();
    for (uint8_t i = 1; i < 32; ++i) c_.x.emplace_back(i, random_.pick(pool));
    for (const Registers::Pointer& p : regs_.pointers) c_.x[p.reg - 1].second = p.address;
    c_.x[regs_.recovery - 1].second = c_.code_base;
    if (c_.isa.has(Ext::kF))
      for (uint8_t i = 0; i < 32; ++i) c_.f.emplace_back(i, random_.pick(pool));
  }

  void fill_data() {
    Segment data;
    data.offset = kFirstDataPage * kPageSize;
    data.bytes.resize(kDataPages * kPageSize);
    const auto& pool = word_pool();
    for (size_t at = 0; at < data.bytes.size(); at += 8)
      std::memcpy(&data.bytes[at], &random_.pick(pool), 8);
    c_.segments.push_back(std::move(data));
  }

  void set(unsigned number, uint64_t value) {
    c_.csrs.emplace_back(static_cast<uint16_t>(number), value);
  }

  void choose_csrs() {
    const uint64_t vectored = random_.percent(50) ? 1 : 0;
    set(0x305, page_address(kMachineHandlerPage) | vectored);
    set(0x105, page_address(kSupervisorHandlerPage) | (random_.percent(50) ? 1 : 0));
    set(0x340, page_address(kMachineSavePage));
    set(0x140, page_address(kSupervisorSavePage));
    if (delegates_) {
      set(0x302, random_.percent(50) ? ~uint64_t{0} : random_.next());
      set(0x303, random_.percent(50) ? ~uint64_t{0} : random_.next());
    }
    set(0x304, random_.percent(60) ? ~uint64_t{0} : random_.next() & random_.next());
    // Timers, translation of PBMT, accessed and dirty bits, cache blocks.
    const uint64_t environment =
        envcfg::kSTCE | envcfg::kCBZE | envcfg::kCBCFE | envcfg::kCBIE | envcfg::kADUE;
    set(0x30a, random_.percent(80) ? environment : random_.next());
    set(0x10a, random_.percent(80) ? environment : random_.next());
    set(0x306, random_.percent(80) ? 7 : random_.next());
    set(0x106, random_.percent(80) ? 7 : random_.next());
    if (random_.percent(10)) set(0x320, random_.next() & 5);
    if (c_.isa.has(Ext::kSmstateen))
      set(0x30c, random_.percent(80) ? ~uint64_t{0} : random_.next());
    if (random_.percent(20)) set(0x14d, random_.below(2000));
    set(0x300, mstatus::kFS);
    set(0x003, random_.below(random_.percent(90) ? 160 : 256));
    choose_protection();
    if (is_paged_) set(0x180, plan_.spaces.front().satp);
    uint64_t status = random_.next() & (mstatus::kMIE | mstatus::kMPIE | mstatus::kSIE |
                                        mstatus::kSPIE | mstatus::kMXR);
    if (random_.percent(spaces_.user_share)) status |= mstatus::kSUM;
    status |= (random_.percent(is_hot_ ? 97 : 80) ? 3 : random_.below(4)) << mstatus::kFsShift;
    set(0x300, status);
  }

  // Code cannot be written but where it is patched; regions over data; and all else is open.
  void choose_protection() {
    constexpr uint64_t kRwx = 7, kTor = 1 << 3, kNapot = 3 << 3, kLocked = 0x80;
    uint64_t low = 0;
    // A store by an instruction that nobody wrote (jumps lead into the middle of others) would change
    // code without a fence.
    set(0x3b0, kRamBase >> 2);
    set(0x3b1, page_address(kFirstPatchPage) >> 2);
    low |= (kLocked | kTor | 5) << 8;
    set(0x3b2, kDataBase >> 2);
    if (random_.percent(20)) {
      for (unsigned entry = 3; entry < 7; ++entry) {
        const uint64_t at = kDataBase + random_.below(kDataPages * kPageSize);
        const uint64_t ones = (uint64_t{1} << random_.below(8)) - 1;
        set(0x3b0 + entry, ((at >> 2) & ~(ones * 2 + 1)) | ones);
        low |= (random_.next() & 0x1f) << (8 * entry);
      }
    }
    set(0x3bf, ~uint64_t{0});
    set(0x3a2, (kRwx | kNapot) << 56);
    set(0x3a0, low);
  }

  void choose_schedule() {
    constexpr uint64_t kAll = 0;  // no slices
    uint64_t longest = random_.pick(std::array<uint64_t, 8>{8, 100, 400, 2000, 4000, 4000, kAll, kAll});
    // A stop costs as much as some hundred instructions.
    c_.budget = is_small_      ? c_.sweep_from + random_.between(40, 160)
                : longest == 8 ? random_.between(100, 600)
                : is_hot_      ? random_.between(8000, 40000)
                               : random_.between(300, 8000);
    if (is_hot_ && longest != 8 && random_.percent(60)) longest = kAll;
    if (longest == kAll || longest > c_.budget) longest = c_.budget;
    for (int i = 0; i < 16; ++i)
      c_.slices.push_back(
          static_cast<uint32_t>(longest == c_.budget ? longest : random_.between(1, longest)));
    constexpr std::array<uint64_t, 5> kLines{irq::kMEI, irq::kSEI, irq::kMTI, irq::kMSI, irq::kSTI};
    for (uint64_t n = is_small_ ? 1 : random_.below(7); n != 0; --n) {
      const uint64_t when = is_small_ ? c_.budget : random_.below(c_.budget);
      const uint64_t lines = random_.pick(kLines);
      c_.events.push_back({when, lines, true});
      if (random_.percent(70)) c_.events.push_back({when + random_.below(200), lines, false});
    }
    std::sort(c_.events.begin(), c_.events.end());
  }

  Random random_;
  Case c_;
  bool is_small_ = false, is_hot_ = false, is_paged_ = false, delegates_ = false;
  std::array<uint64_t, 4> bases_{};
  Registers regs_;
  SpacesPlan spaces_;
  ProgramPlan plan_;
};

}  // namespace

Case make_case(uint64_t seed, uint64_t number) { return CaseMaker(seed, number).make(); }

}  // namespace rvx::fuzz
