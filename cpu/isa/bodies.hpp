// One body for each base row of the instruction table, by its Op.
#pragma once

#include "cpu/isa/insn.hpp"
#include "cpu/isa/semantics_a.hpp"
#include "cpu/isa/semantics_b.hpp"
#include "cpu/isa/semantics_fp.hpp"
#include "cpu/isa/semantics_i.hpp"
#include "cpu/isa/semantics_m.hpp"

namespace rvx::isa {

// Body<op>::exec(o, i) runs or records the body, which has the row's name; a row without one does not
// compile. Rows of the classes Csr and System have none, nor have compressed rows.
template <Op kOp>
struct Body;

#define RVX_BODY(name)                                                              \
  template <>                                                                       \
  struct Body<Op::name> {                                                           \
    template <class O, class I>                                                     \
    static void exec(O& o, const I& i) {                                            \
      semantics::name(o, i);                                                        \
    }                                                                               \
  };
#define RVX_BODY_Alu(name) RVX_BODY(name)
#define RVX_BODY_Branch(name) RVX_BODY(name)
#define RVX_BODY_Jal(name) RVX_BODY(name)
#define RVX_BODY_Jalr(name) RVX_BODY(name)
#define RVX_BODY_Load(name) RVX_BODY(name)
#define RVX_BODY_Store(name) RVX_BODY(name)
#define RVX_BODY_Amo(name) RVX_BODY(name)
#define RVX_BODY_Fence(name) RVX_BODY(name)
#define RVX_BODY_Fp(name) RVX_BODY(name)
#define RVX_BODY_FpLoad(name) RVX_BODY(name)
#define RVX_BODY_FpStore(name) RVX_BODY(name)
#define RVX_BODY_Csr(name)
#define RVX_BODY_System(name)

#define INSN(name, pattern, format, ext, cls, lowering, section) RVX_BODY_##cls(name)
#define RVC(name, pattern, format, ext, expansion, section)
#include "cpu/isa/instructions.inc"
#undef INSN
#undef RVC

#undef RVX_BODY
#undef RVX_BODY_Alu
#undef RVX_BODY_Branch
#undef RVX_BODY_Jal
#undef RVX_BODY_Jalr
#undef RVX_BODY_Load
#undef RVX_BODY_Store
#undef RVX_BODY_Amo
#undef RVX_BODY_Fence
#undef RVX_BODY_Fp
#undef RVX_BODY_FpLoad
#undef RVX_BODY_FpStore
#undef RVX_BODY_Csr
#undef RVX_BODY_System

// Whether Body<op> exists.
[[nodiscard]] constexpr bool has_body(Class cls) noexcept {
  return cls != Class::kCsr && cls != Class::kSystem;
}

}  // namespace rvx::isa
