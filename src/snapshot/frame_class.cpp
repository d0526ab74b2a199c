#include "snapshot/frame_class.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <unordered_map>
#include <vector>

#include "snapshot/frame_path.hpp"
#include "snapshot/stack_rules.hpp"

namespace snapq::snapshot {

namespace {

constexpr std::size_t k_kinds = static_cast<std::size_t>(RuleKind::python_node) + 1;
constexpr std::size_t k_longest_path_rule = 3;  // components of a row's text, at most

// The table by kind: a hash table for texts that must be equal, a list for those that need only begin or end
// so.
class RuleBook {
public:
    static const RuleBook& get() {
        static const RuleBook book;
        return book;
    }

    [[nodiscard]] std::optional<Meaning> equal(RuleKind kind, std::string_view text) const {
        const auto& rules = m_exact[static_cast<std::size_t>(kind)];
        const auto found = rules.find(text);
        if (found == rules.end()) return std::nullopt;
        return found->second;
    }

    [[nodiscard]] const Rule* beginning_of(RuleKind kind, std::string_view text) const {
        return find(kind, [&](const Rule& rule) { return text.starts_with(rule.text); });
    }

    [[nodiscard]] const Rule* end_of(RuleKind kind, std::string_view text) const {
        return find(kind, [&](const Rule& rule) { return text.ends_with(rule.text); });
    }

    // The meaning of the longest rule that the components from `index` on begin with.
    [[nodiscard]] std::optional<Meaning> below(RuleKind kind, const FramePath& path,
                                               std::size_t index) const {
        for (std::size_t count = k_longest_path_rule; count > 0; --count) {
            if (const auto meaning = equal(kind, path.part(index, count))) return meaning;
        }
        return std::nullopt;
    }

private:
    RuleBook() {
        for (const Rule& rule : k_stack_rules) {
            m_exact[static_cast<std::size_t>(rule.kind)].emplace(rule.text, rule.meaning);
            m_lists[static_cast<std::size_t>(rule.kind)].push_back(&rule);
        }
    }

    template <typename Predicate>
    [[nodiscard]] const Rule* find(RuleKind kind, Predicate&& matches) const {
        const auto& rules = m_lists[static_cast<std::size_t>(kind)];
        const auto found =
            std::find_if(rules.begin(), rules.end(), [&](const Rule* rule) { return matches(*rule); });
        return found == rules.end() ? nullptr : *found;
    }

    std::array<std::unordered_map<std::string_view, Meaning>, k_kinds> m_exact;
    std::array<std::vector<const Rule*>, k_kinds> m_lists;
};

FrameRole role_of(Meaning meaning) {
    switch (meaning) {
        case Meaning::cpp:
            return FrameRole::cpp;
        case Meaning::package:
            return FrameRole::package;
        case Meaning::user:
            return FrameRole::user;
        default:
            return FrameRole::internal;
    }
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
bool is_upper(char c) {
    return c >= 'A' && c <= 'Z';
}
bool is_identifier(char c) {
    return is_digit(c) || is_upper(c) || (c >= 'a' && c <= 'z') || c == '_';
}

std::string_view base_name(std::string_view filename) {
    return filename.substr(filename.find_last_of("/\\") + 1);  // npos + 1 is 0
}

// "so" of libc.so.6 too: versions of a library are no extension.
std::string_view extension_of(std::string_view base) {
    while (!base.empty() && is_digit(base.back())) {
        const std::size_t last = base.find_last_not_of("0123456789");
        if (last == std::string_view::npos || base[last] != '.') break;
        base = base.substr(0, last);
    }
    const std::size_t dot = base.rfind('.');
    return dot == std::string_view::npos ? std::string_view() : base.substr(dot + 1);
}

bool is_interpreter(std::string_view base) {
    return base == "python" || (base.starts_with("python") && base.size() > 6 && is_digit(base[6]));
}

bool is_cpp_frame(std::string_view filename, std::string_view name, std::int64_t line) {
    if (filename.empty() || filename == "??") return true;
    const bool cpp_name =
        name.find("::") != std::string_view::npos || name.find('(') != std::string_view::npos;
    if (filename.front() == '<') return cpp_name;  // <artificial> and <built-in> are the compiler's
    const std::string_view base = base_name(filename);
    if (const auto meaning = RuleBook::get().equal(RuleKind::extension, extension_of(base))) {
        return *meaning == Meaning::cpp;
    }
    // No extension that tells: console scripts such as bin/torchrun, C++ headers such as <functional>,
    // executables.
    return cpp_name || line <= 0 || is_interpreter(base);
}

FrameRole role_of_pseudo_file(std::string_view filename) {
    const Rule* rule = RuleBook::get().beginning_of(RuleKind::pseudo_file, filename.substr(1));
    return role_of(rule ? rule->meaning : Meaning::generated);
}

// Inductor names its files by the base32 hash of their text and puts them into a directory named by the first
// two characters, in whatever place TORCHINDUCTOR_CACHE_DIR says: …/3u/c3uxhj5q2ablsq….py, 'c' for code.
bool is_inductor_file(const FramePath& path) {
    constexpr std::size_t k_hash_length = 51;
    if (path.size() < 2) return false;
    std::string_view base = path[path.size() - 1];
    if (!base.starts_with('c') || !base.ends_with(".py")) return false;
    base = base.substr(1, base.size() - 4);
    const auto in_base32 = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '2' && c <= '7'); };
    return base.size() == k_hash_length && std::all_of(base.begin(), base.end(), in_base32) &&
           path[path.size() - 2] == base.substr(0, 2);
}

bool is_generated(const FramePath& path) {
    for (std::size_t i = 0; i + 1 < path.size(); ++i) {
        if (RuleBook::get().beginning_of(RuleKind::generated_directory, path[i])) return true;
    }
    return is_inductor_file(path);
}

// Where the innermost installed package starts: the component after the last packages' root.
std::optional<std::size_t> package_start(const FramePath& path) {
    const RuleBook& book = RuleBook::get();
    for (std::size_t i = path.size(); i-- > 1;) {
        const std::string_view above = path[i - 1];
        if (book.equal(RuleKind::packages_root, above) || book.end_of(RuleKind::packages_root_suffix, above))
            return i;
    }
    return std::nullopt;
}

// "python3.11", "pypy3.10", "python3.13t": what a POSIX installation calls its directory below lib.
bool is_versioned_library(std::string_view component) {
    const std::size_t digit = component.find_first_of("0123456789");
    if (digit == std::string_view::npos) return false;
    const std::string_view implementation = component.substr(0, digit);
    return (implementation == "python" || implementation == "pypy") &&
           component.find('.') != std::string_view::npos;
}

bool is_windows_home(const FramePath& path, std::size_t lib) {
    if (lib > 0 && RuleBook::get().beginning_of(RuleKind::python_home, path[lib - 1])) return true;
    return lib > 1 && (path[lib - 2] == "envs" || path[lib - 2] == "versions");  // conda, pyenv
}

// Asked only for paths outside any package.
bool is_standard_library(const FramePath& path) {
    const RuleBook& book = RuleBook::get();
    if (!path.absolute() && book.below(RuleKind::standard_module, path, 0)) return true;
    for (std::size_t i = 0; i + 1 < path.size(); ++i) {
        const std::string_view here = path[i];
        if (here == "lib" || here == "lib64") {
            if (is_versioned_library(path[i + 1]) || is_windows_home(path, i)) return true;
            if (path.windows() && book.below(RuleKind::standard_module, path, i + 1)) return true;
        }
        if (is_interpreter(here) && here.ends_with(".zip")) return true;  // python311.zip/threading.py
    }
    return false;
}

bool is_in_source_tree(const FramePath& path) {
    for (std::size_t i = 0; i < path.size(); ++i) {
        if (RuleBook::get().below(RuleKind::source_tree, path, i)) return true;
    }
    return false;
}

// bin/torchrun and its like, which pip wrote: only their module level is ever on a stack.
bool is_console_script(const FramePath& path, std::string_view name) {
    if (path.size() < 2 || name != "<module>") return false;
    const std::string_view directory = path[path.size() - 2];
    return (directory == "bin" || directory == "scripts") &&
           path[path.size() - 1].find('.') == std::string_view::npos;
}

// Whether position `at` of a demangled name is in the function's own qualified name, not in its template
// arguments, parameters or return type.
bool is_outermost_name(std::string_view name, std::size_t at) {
    if (at == 0) return true;
    if (name[at - 1] != ' ' && name[at - 1] != ':') return false;
    int depth = 0;
    for (const char c : name.substr(0, at)) {
        if (c == '<' || c == '(') ++depth;
        if (c == '>' || c == ')') --depth;
    }
    return depth == 0;
}

// What follows `scope` in the function's own qualified name; "" when it is not in that scope.
std::string_view inside_scope(std::string_view name, std::string_view scope) {
    for (std::size_t at = name.find(scope); at != std::string_view::npos; at = name.find(scope, at + 1)) {
        if (is_outermost_name(name, at)) return name.substr(at + scope.size());
    }
    return {};
}

std::string_view leading_identifier(std::string_view text) {
    const auto end = std::find_if_not(text.begin(), text.end(), is_identifier);
    return text.substr(0, static_cast<std::size_t>(end - text.begin()));
}

std::string_view trailing_identifier(std::string_view text) {
    const auto begin = std::find_if_not(text.rbegin(), text.rend(), is_identifier);
    return text.substr(text.size() - static_cast<std::size_t>(begin - text.rbegin()));
}

// X of …::X::apply(…), where X is a node: any class of torch::autograd but Function<X>, whose apply is the
// forward call, and classes elsewhere that are called something Backward. CppNode<X> is the node of a C++
// Function X.
std::string_view applied_node(std::string_view name) {
    constexpr std::string_view k_apply = "::apply(";
    constexpr std::string_view k_cpp_node = "torch::autograd::CppNode<";
    if (name.starts_with(k_cpp_node)) {
        const std::size_t end = name.find('>');
        return end == std::string_view::npos ? std::string_view() : trailing_identifier(name.substr(0, end));
    }
    for (std::size_t at = name.find(k_apply); at != std::string_view::npos; at = name.find(k_apply, at + 1)) {
        const std::string_view node = trailing_identifier(name.substr(0, at));
        if (node.empty() || !is_outermost_name(name, at - node.size())) continue;
        if (name.starts_with("torch::autograd::") || node.find("Backward") != std::string_view::npos)
            return node;
    }
    return {};
}

std::string_view engine_step(std::string_view name) {
    constexpr std::string_view k_generated = "generated::";
    std::string_view rest = inside_scope(name, "torch::autograd::");
    if (rest.starts_with(k_generated)) {  // a method that every node has
        rest.remove_prefix(k_generated.size());
        rest.remove_prefix(std::min(rest.size(), leading_identifier(rest).size() + 2));
    }
    const Rule* rule = RuleBook::get().beginning_of(RuleKind::engine_step, rest);
    return rule ? leading_identifier(rule->text) : std::string_view();
}

// Whether `text` is an overload's name: one of the table, or anything that goes on with, or is, a capital.
bool is_overload(std::string_view text) {
    if (text.empty()) return false;
    if (is_upper(text.front()) || RuleBook::get().equal(RuleKind::op_overload, text)) return true;
    const std::size_t next = text.find('_');
    return next != std::string_view::npos && next + 1 < text.size() && is_upper(text[next + 1]) &&
           RuleBook::get().equal(RuleKind::op_overload, text.substr(0, next)).has_value();
}

}  // namespace

FrameRole role_of_frame(std::string_view filename, std::string_view name, std::int64_t line) {
    if (is_cpp_frame(filename, name, line)) return FrameRole::cpp;
    if (filename.front() == '<') return role_of_pseudo_file(filename);
    const FramePath path(filename);
    if (is_generated(path)) return FrameRole::internal;
    if (const auto start = package_start(path)) {
        return role_of(RuleBook::get().below(RuleKind::installed, path, *start).value_or(Meaning::package));
    }
    if (is_standard_library(path) || is_in_source_tree(path)) return FrameRole::internal;
    return is_console_script(path, name) ? FrameRole::package : FrameRole::user;
}

std::string_view without_overload(std::string_view op_struct) {
    constexpr std::string_view k_out = "_out";  // also the end of longer overloads: arange_start_out
    std::string_view op = op_struct;
    if (op.ends_with(k_out)) op.remove_suffix(k_out.size());
    if (RuleBook::get().equal(RuleKind::op_whole, op)) return op;
    const std::size_t first = op.find_first_not_of('_');
    if (first == std::string_view::npos) return op_struct;
    for (std::size_t at = op.find('_', first); at != std::string_view::npos; at = op.find('_', at + 1)) {
        if (is_overload(op.substr(at + 1))) return op.substr(0, at);
    }
    return op;
}

std::string_view op_of_function(std::string_view name) {
    const std::string_view rest = inside_scope(name, "at::_ops::");
    const std::string_view op_struct = leading_identifier(rest);
    const std::string_view method = rest.substr(op_struct.size());
    if (!method.starts_with("::call") && !method.starts_with("::redispatch")) return {};
    return without_overload(op_struct);
}

bool is_allocation_helper(std::string_view op) {
    while (op.starts_with('_')) op.remove_prefix(1);
    if (op.starts_with("new_")) op.remove_prefix(4);
    return RuleBook::get().beginning_of(RuleKind::op_helper, op) != nullptr;
}

std::string_view node_of_function(std::string_view name) {
    if (name.find("autograd::") == std::string_view::npos && name.find("Backward") == std::string_view::npos)
        return {};
    if (const auto node = applied_node(name); !node.empty()) return node;
    return engine_step(name);
}

std::string_view node_of_python_frame(std::string_view filename, std::string_view name) {
    if (name != "backward") return {};
    const FramePath path(filename);
    for (std::size_t i = 0; i < path.size(); ++i) {
        if (RuleBook::get().below(RuleKind::python_node, path, i)) return "CompiledFunctionBackward";
    }
    return {};
}

}  // namespace snapq::snapshot
