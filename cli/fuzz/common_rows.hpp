// What compilers use most, and engines may treat in pairs: random code has these rows more often.
#pragma once

#include "cpu/isa/insn.hpp"

namespace rvx::fuzz {

using isa::Op;

inline constexpr Op kCommonRows[] = {
    Op::addi,    Op::add,       Op::sub,    Op::slli,   Op::srli,   Op::srai,   Op::lui,
    Op::auipc,   Op::addiw,     Op::addw,   Op::slliw,  Op::srliw,  Op::andi,   Op::and_,
    Op::or_,     Op::xor_,      Op::sltu,   Op::sltiu,  Op::slt,    Op::mul,    Op::mulhu,
    Op::add_uw,  Op::sh1add,    Op::sh2add, Op::sh3add, Op::zext_h, Op::c_mv,   Op::c_addi,
    Op::c_add,   Op::c_li,      Op::c_lui,  Op::c_slli, Op::c_srli, Op::c_andi, Op::c_sub,
    Op::c_addiw, Op::c_addi4spn};

}  // namespace rvx::fuzz
