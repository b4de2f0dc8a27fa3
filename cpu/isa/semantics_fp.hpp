// Semantic bodies of F, D, Zfh and Zfa.
//
// What they use of Ops besides ops.hpp; FValue is the value of an f register's format, Value an
// integer. F is the format: F16, F32 or F64; T is int32_t, uint32_t, int64_t or uint64_t.
//
//   registers   f<F>(n)            FValue in f register n; not NaN-boxed: the canonical NaN
//               f_raw(n)           all 64 bits as Value
//               set_f<F>(n, v)     boxes an FValue, FS becomes dirty
//               set_fs_dirty()     for what may accrue flags and writes no f register
//   arithmetic  fadd fsub fmul fdiv<F>(a, b, rm)  fsqrt<F>(a, rm)
//               fmadd fmsub fnmsub fnmadd<F>(a, b, c, rm)
//               fsgnj fsgnjn fsgnjx fmin fmax fminm fmaxm<F>(a, b)
//               fround froundnx<F>(a, rm)
//               fcvt<To, From>(a, rm)
//   constants   fconst<F>(bits)
//   to Value    feq flt fle fltq fleq<F>(a, b)     0 or 1
//               fclass<F>(a)  fcvt_int<T, F>(a, rm)  fcvtmod<F>(a)
//   from Value  fcvt_from_int<F, T>(x, rm)         the low bits of x as T
//               fmv<F>(x)                          the low bits of x as they are
//
// rm is Insn::imm: the rounding-mode field in bits 2:0 and what else the format keeps above. FS and
// illegal rounding modes are checked before a body runs.
#pragma once

#include <cstdint>

#include "cpu/isa/fp_format.hpp"

namespace rvx::isa::semantics {

using fp::F16;
using fp::F32;
using fp::F64;

// Each format has the same instructions: fadd_h, fadd_s, fadd_d and so on. Names are pasted, so
// look here for any of them.
#define RVX_FP_INSN(name, suffix) template <class O, class I> void name##_##suffix(O& o, const I& i)

// Compute: one, two, three operands.
#define RVX_FP_UNARY(name, suffix, F)                                             \
  RVX_FP_INSN(name, suffix) {                                                     \
    o.template set_f<F>(i.rd, o.template name<F>(o.template f<F>(i.rs1), i.imm)); \
  }
#define RVX_FP_BINARY(name, suffix, F)                                                    \
  RVX_FP_INSN(name, suffix) {                                                             \
    o.template set_f<F>(                                                                  \
        i.rd, o.template name<F>(o.template f<F>(i.rs1), o.template f<F>(i.rs2), i.imm)); \
  }
#define RVX_FP_FUSED(name, suffix, F)                                                            \
  RVX_FP_INSN(name, suffix) {                                                                    \
    o.template set_f<F>(i.rd, o.template name<F>(o.template f<F>(i.rs1), o.template f<F>(i.rs2), \
                                                 o.template f<F>(i.imm >> 3), i.imm));           \
  }
// Two operands, nothing to round.
#define RVX_FP_CHOOSE(name, suffix, F)                                                             \
  RVX_FP_INSN(name, suffix) {                                                                      \
    o.template set_f<F>(i.rd, o.template name<F>(o.template f<F>(i.rs1), o.template f<F>(i.rs2))); \
  }
#define RVX_FP_COMPARE(name, suffix, F)                                                \
  RVX_FP_INSN(name, suffix) {                                                          \
    o.set_fs_dirty();                                                                  \
    o.set_x(i.rd, o.template name<F>(o.template f<F>(i.rs1), o.template f<F>(i.rs2))); \
  }
// Conversions between F and the integer type T, whose letters are `integer`.
#define RVX_FP_INTEGER(integer, T, suffix, F)                                     \
  template <class O, class I> void fcvt_##integer##_##suffix(O& o, const I& i) {  \
    o.set_fs_dirty();                                                             \
    o.set_x(i.rd, o.template fcvt_int<T, F>(o.template f<F>(i.rs1), i.imm));      \
  }                                                                               \
  template <class O, class I> void fcvt_##suffix##_##integer(O& o, const I& i) {  \
    o.template set_f<F>(i.rd, o.template fcvt_from_int<F, T>(o.x(i.rs1), i.imm)); \
  }

#define RVX_FP_FORMAT(suffix, F)                                                               \
  RVX_FP_BINARY(fadd, suffix, F)                                                               \
  RVX_FP_BINARY(fsub, suffix, F)                                                               \
  RVX_FP_BINARY(fmul, suffix, F)                                                               \
  RVX_FP_BINARY(fdiv, suffix, F)                                                               \
  RVX_FP_UNARY(fsqrt, suffix, F)                                                               \
  RVX_FP_FUSED(fmadd, suffix, F)                                                               \
  RVX_FP_FUSED(fmsub, suffix, F)                                                               \
  RVX_FP_FUSED(fnmsub, suffix, F)                                                              \
  RVX_FP_FUSED(fnmadd, suffix, F)                                                              \
  RVX_FP_CHOOSE(fsgnj, suffix, F)                                                              \
  RVX_FP_CHOOSE(fsgnjn, suffix, F)                                                             \
  RVX_FP_CHOOSE(fsgnjx, suffix, F)                                                             \
  RVX_FP_CHOOSE(fmin, suffix, F)                                                               \
  RVX_FP_CHOOSE(fmax, suffix, F)                                                               \
  RVX_FP_CHOOSE(fminm, suffix, F)                                                              \
  RVX_FP_CHOOSE(fmaxm, suffix, F)                                                              \
  RVX_FP_COMPARE(feq, suffix, F)                                                               \
  RVX_FP_COMPARE(flt, suffix, F)                                                               \
  RVX_FP_COMPARE(fle, suffix, F)                                                               \
  RVX_FP_COMPARE(fltq, suffix, F)                                                              \
  RVX_FP_COMPARE(fleq, suffix, F)                                                              \
  RVX_FP_UNARY(fround, suffix, F)                                                              \
  RVX_FP_UNARY(froundnx, suffix, F)                                                            \
  RVX_FP_INTEGER(w, int32_t, suffix, F)                                                        \
  RVX_FP_INTEGER(wu, uint32_t, suffix, F)                                                      \
  RVX_FP_INTEGER(l, int64_t, suffix, F)                                                        \
  RVX_FP_INTEGER(lu, uint64_t, suffix, F)                                                      \
  RVX_FP_INSN(fclass, suffix) { o.set_x(i.rd, o.template fclass<F>(o.template f<F>(i.rs1))); } \
  RVX_FP_INSN(fli, suffix) {                                                                   \
    o.template set_f<F>(i.rd, o.template fconst<F>(fp::load_immediate<F>(i.rs1)));             \
  }

RVX_FP_FORMAT(h, F16)
RVX_FP_FORMAT(s, F32)
RVX_FP_FORMAT(d, F64)

#undef RVX_FP_FORMAT
#undef RVX_FP_INTEGER
#undef RVX_FP_COMPARE
#undef RVX_FP_CHOOSE
#undef RVX_FP_FUSED
#undef RVX_FP_BINARY
#undef RVX_FP_UNARY
#undef RVX_FP_INSN

// Conversions between formats.
template <class To, class From, class O, class I> void fcvt_format(O& o, const I& i) {
  o.template set_f<To>(i.rd, o.template fcvt<To, From>(o.template f<From>(i.rs1), i.imm));
}
template <class O, class I> void fcvt_s_d(O& o, const I& i) { fcvt_format<F32, F64>(o, i); }
template <class O, class I> void fcvt_d_s(O& o, const I& i) { fcvt_format<F64, F32>(o, i); }
template <class O, class I> void fcvt_s_h(O& o, const I& i) { fcvt_format<F32, F16>(o, i); }
template <class O, class I> void fcvt_h_s(O& o, const I& i) { fcvt_format<F16, F32>(o, i); }
template <class O, class I> void fcvt_d_h(O& o, const I& i) { fcvt_format<F64, F16>(o, i); }
template <class O, class I> void fcvt_h_d(O& o, const I& i) { fcvt_format<F16, F64>(o, i); }

template <class O, class I> void fcvtmod_w_d(O& o, const I& i) {
  o.set_fs_dirty();
  o.set_x(i.rd, o.template fcvtmod<F64>(o.template f<F64>(i.rs1)));
}

// Moves and stores take the register's low bits however it is boxed.
template <class O, class I> void fmv_x_h(O& o, const I& i) {
  o.set_x(i.rd, o.sext16(o.f_raw(i.rs1)));
}
template <class O, class I> void fmv_x_w(O& o, const I& i) {
  o.set_x(i.rd, o.sext32(o.f_raw(i.rs1)));
}
template <class O, class I> void fmv_x_d(O& o, const I& i) { o.set_x(i.rd, o.f_raw(i.rs1)); }
template <class F, class O, class I> void move_to_f(O& o, const I& i) {
  o.template set_f<F>(i.rd, o.template fmv<F>(o.x(i.rs1)));
}
template <class O, class I> void fmv_h_x(O& o, const I& i) { move_to_f<F16>(o, i); }
template <class O, class I> void fmv_w_x(O& o, const I& i) { move_to_f<F32>(o, i); }
template <class O, class I> void fmv_d_x(O& o, const I& i) { move_to_f<F64>(o, i); }

template <class T, class F, class O, class I> void load_f(O& o, const I& i) {
  o.template load<T>(o.add(o.x(i.rs1), o.imm(i.imm)),
                     [&](auto v) { o.template set_f<F>(i.rd, o.template fmv<F>(v)); });
}
template <class T, class O, class I> void store_f(O& o, const I& i) {
  o.template store<T>(o.add(o.x(i.rs1), o.imm(i.imm)), o.f_raw(i.rs2));
}
template <class O, class I> void flh(O& o, const I& i) { load_f<uint16_t, F16>(o, i); }
template <class O, class I> void flw(O& o, const I& i) { load_f<uint32_t, F32>(o, i); }
template <class O, class I> void fld(O& o, const I& i) { load_f<uint64_t, F64>(o, i); }
template <class O, class I> void fsh(O& o, const I& i) { store_f<uint16_t>(o, i); }
template <class O, class I> void fsw(O& o, const I& i) { store_f<uint32_t>(o, i); }
template <class O, class I> void fsd(O& o, const I& i) { store_f<uint64_t>(o, i); }

}  // namespace rvx::isa::semantics
