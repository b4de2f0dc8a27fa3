// ISA strings: which extensions they turn on, and how they are printed.
#include "cpu/isa/isa_config.hpp"

#include <algorithm>
#include <cctype>
#include <numeric>
#include <vector>

#include "cpu/isa/isa_names.hpp"

namespace rvx::isa {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::string quoted(std::string_view text) { return '"' + std::string(text) + '"'; }

const Group* find(const auto& groups, std::string_view name) {
  const auto it = std::find_if(std::begin(groups), std::end(groups),
                               [name](const Group& group) { return group.name == name; });
  return it == std::end(groups) ? nullptr : &*it;
}

bool contains(const auto& names, std::string_view name) {
  return std::find(std::begin(names), std::end(names), name) != std::end(names);
}

// Number of letters to insert, drop or replace to get from a to b.
size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t replaced = diagonal + (a[i - 1] != b[j - 1]);
      diagonal = row[j];
      row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row.back();
}

std::string nearest(std::string_view name) {
  std::string_view best;
  size_t best_distance = 3;  // what needs more edits is no misspelling
  const auto consider = [&](std::string_view known) {
    if (known.size() < 2) return;
    const size_t distance = edit_distance(name, known);
    if (distance < best_distance && distance < name.size()) {
      best = known;
      best_distance = distance;
    }
  };
  for (const std::string_view known : kSpelling) consider(known);
  for (const Group& group : kGroups) consider(group.name);
  for (const Group& model : kModels) consider(model.name);
  for (const std::string_view known : kAlwaysTrue) consider(known);
  return std::string(best);
}

// "zba1p0" without "1p0", "zba1" without "1"; a name that ends in no version stays.
std::string_view without_version(std::string_view name) {
  const auto drop_digits = [](std::string_view text) {
    while (!text.empty() && is_digit(text.back())) text.remove_suffix(1);
    return text;
  };
  const std::string_view major = drop_digits(name);
  if (major.size() == name.size() || !major.ends_with('p')) return major;
  const std::string_view base = drop_digits(major.substr(0, major.size() - 1));
  return base.size() < major.size() - 1 ? base : major;
}

class Parser {
 public:
  explicit Parser(std::string_view text) : whole_(text), text_(text) {
    std::transform(text_.begin(), text_.end(), text_.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    // rvx's harts always have CSRs, fence.i and, unless turned off, all privilege modes.
    for (const Ext ext : {Ext::kI, Ext::kZicsr, Ext::kZifencei, Ext::kS, Ext::kU}) config_.set(ext);
  }

  bool run(IsaConfig& out, std::string& error) {
    const bool ok = parse();
    if (ok) {
      out = config_;
    } else {
      error = error_;
    }
    return ok;
  }

 private:
  bool fail(std::string message) {
    error_ = std::move(message);
    return false;
  }

  bool parse() {
    std::string_view rest = text_;
    if (rest.empty()) return fail("the ISA string is empty; write one like rv64gc");
    const size_t comma = rest.find(',');
    if (!base(rest.substr(0, comma))) return false;
    imply();
    if (comma == std::string_view::npos) return true;
    rest.remove_prefix(comma + 1);
    while (true) {
      const size_t end = rest.find(',');
      if (!property(rest.substr(0, end))) return false;
      if (end == std::string_view::npos) return true;
      rest.remove_prefix(end + 1);
    }
  }

  // rv64gc_zba, the name of a model, or max
  bool base(std::string_view text) {
    if (text == "max") {
      config_ = IsaConfig::all();
      return true;
    }
    if (const Group* model = find(kModels, text)) return base(model->parts);
    const std::string_view first = text.substr(0, text.find('_'));
    if (const Group* model = find(kModels, first)) {
      return base(model->parts) && names(text.substr(first.size()));
    }
    if (text.starts_with("rv32"))
      return fail(quoted(whole_) + " is a 32-bit ISA; rvx has RV64 only");
    if (contains(kNotImplemented, first)) return turn_on(first);
    if (!text.starts_with("rv64")) {
      return fail("an ISA string begins with rv64, as rv64gc does; " + quoted(whole_) +
                  " does not");
    }
    text.remove_prefix(4);
    if (!text.starts_with('i') && !text.starts_with('g')) {
      return fail("after rv64 comes i or g, as in rv64gc; in " + quoted(whole_) + " it does not");
    }
    return names(text);
  }

  // Single letters and names of more, separated by underscores where needed.
  bool names(std::string_view text) {
    while (!text.empty()) {
      if (text[0] == '_') {
        text.remove_prefix(1);
        continue;
      }
      const std::string_view word = text.substr(0, text.find('_'));
      const bool is_long =
          (word[0] == 'z' || word[0] == 's' || word[0] == 'x') && word != "s" && word != "su";
      const size_t size = is_long ? word.size() : letter_size(word);
      if (!turn_on(is_long ? word : word.substr(0, 1))) return false;
      text.remove_prefix(size);
    }
    return true;
  }

  // A letter with its version: i, i2 or i2p1.
  static size_t letter_size(std::string_view word) {
    size_t size = 1;
    const auto digits = [&] {
      while (size < word.size() && is_digit(word[size])) ++size;
    };
    digits();
    if (size > 1 && size + 1 < word.size() && word[size] == 'p' && is_digit(word[size + 1])) {
      ++size;
      digits();
    }
    return size;
  }

  static bool is_known(std::string_view name) {
    return contains(kSpelling, name) || find(kGroups, name) != nullptr ||
           contains(kAlwaysTrue, name) || contains(kNotImplemented, name);
  }

  static std::string_view known_part(std::string_view name) {
    return is_known(name) ? name : without_version(name);
  }

  static Ext extension(std::string_view name) {
    return static_cast<Ext>(std::find(kSpelling.begin(), kSpelling.end(), name) -
                            kSpelling.begin());
  }

  bool unknown(std::string_view name) {
    const std::string near = nearest(name);
    return fail(quoted(name) + " in " + quoted(whole_) + " is no extension that rvx knows" +
                (near.empty() ? "" : "; did you mean " + near + "?"));
  }

  bool turn_on(std::string_view name) {
    const std::string_view known = known_part(name);
    if (contains(kNotImplemented, known)) {
      return fail("rvx does not implement " + std::string(known) + ", which " + quoted(whole_) +
                  " asks for");
    }
    if (contains(kSpelling, known)) {
      config_.set(extension(known));
      return true;
    }
    if (const Group* group = find(kGroups, known)) return turn_on_group(*group);
    return contains(kAlwaysTrue, known) || unknown(name);
  }

  bool turn_on_group(const Group& group) {
    const IsaConfig before = config_;
    if (names(group.parts)) return true;
    std::string missing;
    std::string present;
    for_parts(group, [&](std::string_view part) {
      config_ = before;
      std::string& list = names(part) ? present : missing;
      (list += list.empty() ? "" : ", ") += part;
    });
    return fail("rvx does not implement all of " + std::string(group.name) + " in " +
                quoted(whole_) + ": it has " + (present.empty() ? "nothing" : present) + ", not " +
                missing);
  }

  template <class Visit>
  static void for_parts(const Group& group, Visit visit) {
    for (std::string_view rest = group.parts; !rest.empty();) {
      const std::string_view part = rest.substr(0, rest.find('_'));
      visit(part);
      rest.remove_prefix(std::min(rest.size(), part.size() + 1));
    }
  }

  // QEMU's name=on
  bool property(std::string_view text) {
    const size_t equals = text.find('=');
    if (equals == std::string_view::npos) {
      return fail("after a comma comes name=on or name=off, not " + quoted(text) + " as in " +
                  quoted(whole_));
    }
    const std::string_view name = text.substr(0, equals);
    const std::string_view value = text.substr(equals + 1);
    if (value == "on" || value == "true" || value == "yes") {
      if (contains(kAlwaysTrueProperties, name)) return true;
      if (!turn_on(name)) return false;
      imply();
      return true;
    }
    if (value == "off" || value == "false" || value == "no") return turn_off(name);
    return fail("the value of " + std::string(name) + " is on or off, not " + quoted(value));
  }

  bool turn_off(std::string_view name) {
    if (contains(kNotImplemented, name)) return true;
    if (contains(kAlwaysTrue, name) || contains(kAlwaysTrueProperties, name) || name == "i" ||
        name == "g" || name == "zicsr") {
      return fail(std::string(name) + " cannot be off: every hart of rvx has it");
    }
    const Group* group = find(kGroups, name);
    if (!contains(kSpelling, name) && group == nullptr) return unknown(name);
    if (contains(kSpelling, name)) remove(extension(name));
    if (group != nullptr) {
      for_parts(*group, [this](std::string_view part) {
        if (contains(kSpelling, part)) remove(extension(part));
      });
    }
    return true;
  }

  // Turns an extension off with all that cannot be without it.
  void remove(Ext ext) {
    config_.set(ext, false);
    for (const Implication& rule : kImplications) {
      if (rule.result == ext && config_.has(rule.a) && config_.has(rule.b)) remove(rule.a);
    }
  }

  void imply() {
    for (const Implication& rule : kImplications) {
      if (config_.has(rule.a) && config_.has(rule.b)) config_.set(rule.result);
    }
    // On RV64 without D, C has nothing besides Zca.
    if (config_.has(Ext::kZca) && !config_.has(Ext::kD)) config_.set(Ext::kC);
  }

  std::string_view whole_;
  std::string text_;
  IsaConfig config_;
  std::string error_;
};

}  // namespace

IsaConfig IsaConfig::all() {
  IsaConfig config;
  config.ext.set();
  return config;
}

bool IsaConfig::parse(std::string_view text, IsaConfig& out, std::string& error) {
  return Parser(text).run(out, error);
}

std::string IsaConfig::to_string() const {
  std::string text = "rv" + std::to_string(xlen);
  for (size_t i = 0; i < ext.size(); ++i) {
    // Privilege modes are no part of the string; Linux and others read s and u as something else.
    const auto extension = static_cast<Ext>(i);
    if (!ext[i] || extension == Ext::kS || extension == Ext::kU) continue;
    if (kSpelling[i].size() > 1) text += '_';
    text += kSpelling[i];
  }
  return text;
}

}  // namespace rvx::isa
