#include "frames/function_class.hpp"

#include <algorithm>

#include "frames/stack_rule_index.hpp"
#include "support/numbers.hpp"

namespace snapq::frames {

namespace {

// Bytes. Longer texts are not looked up as overloads: a name of many underscores would be hashed from each of
// them.
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
