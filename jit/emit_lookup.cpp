// From IR to host code: the look into the host TLB, by page or by line of a modelled cache, and lines of code.
#include <cstddef>

#include "jit/emitter.hpp"

namespace rvx::jit {
namespace {

using x86::r14;
using x86::rbp;
using x86::rcx;
using x86::rdx;

constexpr size_t kDataView = offsetof(HartState, view) + offsetof(HostTlbView, data);

}  // namespace

// What has an entry of its own in the tables that code looks into: a page, or a line of a modelled cache. As bits of
// an address in it.
uint32_t Emitter::unit_shift() const noexcept { return lines_.data_shift != 0 ? lines_.data_shift : kPageShift; }

// The instruction's lines of code, where the instruction before came from another one. The model is told unless
// another fetch of the line would change nothing.
void Emitter::fetch_lines(const IrInsn& insn) {
  const int first = insn.offset >> lines_.fetch_shift, last = (insn.offset + insn.insn.length - 1) >> lines_.fetch_shift;
  constexpr auto kView = offsetof(HartState, view);
  for (int line = first; line <= last; ++line) {
    if (line == state_.line) continue;
    state_.line = line;
    const auto number = static_cast<uint32_t>((region_.physical - lines_.ram_base) >> lines_.fetch_shift) + static_cast<uint32_t>(line);
    Label stub = a.newLabel(), back = a.newLabel();
    a.mov(rcx, state_field(kView + offsetof(HostTlbView, is_line_at_hand)));
    a.cmp(x86::byte_ptr(rcx, static_cast<int32_t>(number)), 0);
    a.je(stub);
    a.mov(x86::dword_ptr(rbp, static_cast<int32_t>(kView + offsetof(HostTlbView, fetched_line))), number);
    a.bind(back);
    Site* site = site_here(insn, Site::Kind::kLine);
    later_here([this, stub, back, site, number] {
      a.bind(stub);
      a.mov(x86::eax, number);
      call_slow(site);
      a.jmp(back);
    });
  }
}

// The addend of the data TLB's entry whose place there rcx has (bytes), if rdx is its tag. Changes rcx. Only code without
// a window has that TLB's address at hand.
void Emitter::take_addend(bool is_write, Gp to, const Label& stub) {
  const bool by_line = lines_.data_shift != 0;
  const auto table = static_cast<int32_t>(by_line ? (is_write ? offsetof(DataTlb, line_write) : offsetof(DataTlb, line_read))
                                                  : (is_write ? offsetof(DataTlb, write) : offsetof(DataTlb, read)));
  if (is_windowed_) a.add(rcx, state_field(kDataView));
  const Mem tag = is_windowed_ ? x86::qword_ptr(rcx, table) : x86::qword_ptr(r14, rcx, 0, table);
  a.cmp(rdx, tag);
  a.jne(stub);
  a.mov(to, tag.cloneAdjusted(8));
}

}  // namespace rvx::jit
