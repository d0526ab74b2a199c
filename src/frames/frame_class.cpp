#include "frames/frame_class.hpp"

#include <algorithm>
#include <optional>

#include "frames/frame_text.hpp"
#include "frames/stack_rules.hpp"
#include "support/numbers.hpp"

namespace snapq::frames {

namespace {

// In bytes. The limit of Windows, which is the largest of all systems.
constexpr std::size_t k_longest_path = 32'767;

FrameRole role_of(Meaning meaning) {
    switch (meaning) {
        case Meaning::cpp: return FrameRole::cpp;
        case Meaning::package: return FrameRole::package;
        case Meaning::user: return FrameRole::user;
        default: return FrameRole::internal;
    }
}

// The extension of a file name; the version of a shared library is not part of it: libc.so.6 has "so".
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

FrameRole role_of_pseudo_file(std::string_view filename) {
    const Rule* rule = StackRuleIndex::get().beginning_of(RuleKind::pseudo_file, filename.substr(1));
    return role_of(rule ? rule->meaning : Meaning::generated);
}

bool is_generated(const FramePath& path) {
    for (std::size_t i = 0; i + 1 < path.size(); ++i) {
        if (StackRuleIndex::get().beginning_of(RuleKind::generated_directory, path[i])) return true;
    }
    return is_inductor_file(path);
}

// The index of the component after the last directory of installed packages, where the innermost package
// begins.
std::optional<std::size_t> package_start(const FramePath& path) {
    const StackRuleIndex& rules = StackRuleIndex::get();
    for (std::size_t i = path.size(); i-- > 1;) {
        const std::string_view parent = path[i - 1];
        if (rules.equal(RuleKind::packages_root, parent) ||
            rules.end_of(RuleKind::packages_root_suffix, parent))
            return i;
    }
    return std::nullopt;
}

// "python3.11", "pypy3.10", "python3.13t": the directory of the standard library below lib on POSIX systems.
bool is_versioned_library(std::string_view component) {
    const std::size_t digit = component.find_first_of("0123456789");
    if (digit == std::string_view::npos) return false;
    const std::string_view implementation = component.substr(0, digit);
    return (implementation == "python" || implementation == "pypy") &&
           component.find('.') != std::string_view::npos;
}

bool is_windows_home(const FramePath& path, std::size_t lib) {
    if (lib > 0 && StackRuleIndex::get().beginning_of(RuleKind::python_home, path[lib - 1])) return true;
    return lib > 1 && (path[lib - 2] == "envs" || path[lib - 2] == "versions");  // conda, pyenv
}

// The caller knows that `path` is outside all installed packages.
bool is_standard_library(const FramePath& path) {
    const StackRuleIndex& rules = StackRuleIndex::get();
    if (!path.absolute() && rules.below(RuleKind::standard_module, path, 0)) return true;
    for (std::size_t i = 0; i + 1 < path.size(); ++i) {
        const std::string_view component = path[i];
        if (component == "lib" || component == "lib64") {
            if (is_versioned_library(path[i + 1]) || is_windows_home(path, i)) return true;
            if (path.windows() && rules.below(RuleKind::standard_module, path, i + 1)) return true;
        }
        if (is_interpreter(component) && component.ends_with(".zip"))
            return true;  // python311.zip/threading.py
    }
    return false;
}

bool is_in_source_tree(const FramePath& path) {
    for (std::size_t i = 0; i < path.size(); ++i) {
        if (StackRuleIndex::get().below(RuleKind::source_tree, path, i)) return true;
    }
    return false;
}

// A script such as bin/torchrun, which pip wrote. Its only code is at module level.
bool is_console_script(const FramePath& path, std::string_view name) {
    if (path.size() < 2 || name != "<module>") return false;
    const std::string_view directory = path[path.size() - 2];
    return (directory == "bin" || directory == "scripts") &&
           path[path.size() - 1].find('.') == std::string_view::npos;
}

}  // namespace

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

bool is_python_frame(std::string_view filename, std::string_view name, std::int64_t line) {
    if (filename.empty() || filename == "??") return false;
    const bool cpp_name =
        name.find("::") != std::string_view::npos || name.find('(') != std::string_view::npos;
    if (filename.front() == '<') return !cpp_name;  // compilers write <artificial> and <built-in>
    const std::string_view base = base_name(filename);
    if (const auto meaning = StackRuleIndex::get().equal(RuleKind::extension, extension_of(base))) {
        return *meaning != Meaning::cpp;
    }
    // Console scripts such as bin/torchrun, C++ headers such as <functional>, and executables have no known
    // extension.
    return !cpp_name && line > 0 && !is_interpreter(base);
}

FrameRole role_of_frame(std::string_view filename, std::string_view name, std::int64_t line) {
    if (!is_python_frame(filename, name, line)) return FrameRole::cpp;
    if (filename.front() == '<') return role_of_pseudo_file(filename);
    if (filename.size() > k_longest_path) return FrameRole::user;
    const FramePath path(filename);
    if (is_generated(path)) return FrameRole::internal;
    if (const auto start = package_start(path)) {
        return role_of(
            StackRuleIndex::get().below(RuleKind::installed, path, *start).value_or(Meaning::package));
    }
    if (is_standard_library(path) || is_in_source_tree(path)) return FrameRole::internal;
    return is_console_script(path, name) ? FrameRole::package : FrameRole::user;
}

std::string_view node_of_python_frame(std::string_view filename, std::string_view name) {
    if (name != "backward") return {};
    const FramePath path(filename);
    for (std::size_t i = 0; i < path.size(); ++i) {
        if (StackRuleIndex::get().below(RuleKind::python_node, path, i)) return "CompiledFunctionBackward";
    }
    return {};
}

namespace {

// In bytes. Longer texts are not looked up as overloads: the rest of a name is hashed at each of its
// underscores, which would take long for a name of many underscores.
constexpr std::size_t k_longest_overload = 64;

bool is_upper(char c) {
    return c >= 'A' && c <= 'Z';
}
bool is_identifier(char c) {
    return is_digit(c) || is_upper(c) || (c >= 'a' && c <= 'z') || c == '_';
}

// The position of `text` outside all template arguments and parameters, where the qualified name of the
// function itself is; npos when it is not there. One pass, because a hostile name can be long.
std::size_t find_outermost(std::string_view name, std::string_view text) {
    int depth = 0;
    for (std::size_t at = 0; at < name.size(); ++at) {
        const char c = name[at];
        if (depth == 0 && c == text.front() && name.substr(at).starts_with(text)) return at;
        if (c == '<' || c == '(') ++depth;
        if (c == '>' || c == ')') depth = std::max(depth - 1, 0);  // operator> closes nothing
    }
    return std::string_view::npos;
}

// The rest of the function's own qualified name after `scope`; "" when it is not in that scope.
std::string_view inside_scope(std::string_view name, std::string_view scope) {
    const std::size_t at = find_outermost(name, scope);
    if (at == std::string_view::npos || (at > 0 && name[at - 1] != ' ' && name[at - 1] != ':')) return {};
    return name.substr(at + scope.size());
}

std::string_view leading_identifier(std::string_view text) {
    const auto end = std::find_if_not(text.begin(), text.end(), is_identifier);
    return text.substr(0, static_cast<std::size_t>(end - text.begin()));
}

std::string_view trailing_identifier(std::string_view text) {
    const auto begin = std::find_if_not(text.rbegin(), text.rend(), is_identifier);
    return text.substr(text.size() - static_cast<std::size_t>(begin - text.rbegin()));
}

// X of …::X::apply(…), where X is a node: any class in torch::autograd except Function<X>, whose apply is the
// forward call, and a class elsewhere whose name contains Backward. CppNode<X> is the node of a C++ Function
// X. Other methods are not used: the linker merges equal functions, so that a node's other methods and its
// X_apply_functional can have the name of another class.
std::string_view applied_node(std::string_view name) {
    constexpr std::string_view k_apply = "::apply(";
    constexpr std::string_view k_cpp_node = "torch::autograd::CppNode<";
    if (name.starts_with(k_cpp_node)) {
        const std::size_t end = name.find('>');
        return end == std::string_view::npos ? std::string_view() : trailing_identifier(name.substr(0, end));
    }
    const std::size_t at = find_outermost(name, k_apply);
    if (at == std::string_view::npos) return {};
    const std::string_view node = trailing_identifier(name.substr(0, at));
    const bool is_node =
        !inside_scope(name, "torch::autograd::").empty() || node.find("Backward") != std::string_view::npos;
    return is_node ? node : std::string_view();
}

std::string_view engine_step(std::string_view name) {
    constexpr std::string_view k_generated = "generated::";
    std::string_view rest = inside_scope(name, "torch::autograd::");
    if (rest.starts_with(k_generated)) {  // "generated::NODE::" before a method that every node has
        rest.remove_prefix(k_generated.size());
        rest.remove_prefix(std::min(rest.size(), leading_identifier(rest).size() + 2));
    }
    const Rule* rule = StackRuleIndex::get().beginning_of(RuleKind::engine_step, rest);
    return rule ? leading_identifier(rule->text) : std::string_view();
}

// Whether `text` is the name of an overload: in the table, or beginning with a capital, also after a first
// part from the table ("self_Tensor").
bool is_overload(std::string_view text) {
    if (text.empty()) return false;
    if (is_upper(text.front())) return true;
    if (text.size() <= k_longest_overload && StackRuleIndex::get().equal(RuleKind::op_overload, text))
        return true;
    const std::size_t next = text.find('_');
    return next != std::string_view::npos && next + 1 < text.size() && is_upper(text[next + 1]) &&
           StackRuleIndex::get().equal(RuleKind::op_overload, text.substr(0, next)).has_value();
}

}  // namespace

std::string_view without_overload(std::string_view op_struct) {
    constexpr std::string_view k_out = "_out";  // also the end of longer overloads: arange_start_out
    std::string_view op = op_struct;
    if (op.ends_with(k_out)) op.remove_suffix(k_out.size());
    if (StackRuleIndex::get().equal(RuleKind::op_whole, op)) return op;
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
    return StackRuleIndex::get().beginning_of(RuleKind::op_helper, op) != nullptr;
}

std::string_view node_of_function(std::string_view name) {
    if (name.find("autograd::") == std::string_view::npos && name.find("Backward") == std::string_view::npos)
        return {};
    if (const auto node = applied_node(name); !node.empty()) return node;
    return engine_step(name);
}

}  // namespace snapq::frames
