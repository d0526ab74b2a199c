#include "analysis/diff/names.hpp"

#include <algorithm>
#include <array>

#include "support/error.hpp"

namespace snapq::analysis {
namespace {

constexpr std::string_view k_resumed = "torch_dynamo_resume_in_";
constexpr std::string_view k_resumed_before_2_1 = "<resume in ";
constexpr std::string_view k_digits = "0123456789";

std::string_view without_break_line(std::string_view name) {
    const std::size_t last = name.find_last_not_of(k_digits);
    if (last == std::string_view::npos || last + 1 == name.size()) return name;
    const std::string_view head = name.substr(0, last + 1);
    return head.ends_with("_at_") ? head.substr(0, head.size() - 4) : name;
}

// /tmp/ipykernel_4711/1693712.py: the directory is named by the process, the file by the text of the cell.
void drop_kernel_process(std::string& file) {
    constexpr std::string_view k_kernel = "ipykernel_";
    const std::size_t at = file.find(k_kernel);
    if (at == std::string::npos) return;
    const std::size_t digits = at + k_kernel.size();
    const std::size_t end = file.find_first_not_of(k_digits, digits);
    if (end == std::string::npos || file[end] != '/') return;
    file.erase(digits - 1, end - digits + 1);
}

}  // namespace

std::string stable_function(std::string_view function) {
    // With qualified names the class stands in front.
    const std::size_t at = function.find(k_resumed);
    if (at != std::string_view::npos && (at == 0 || function[at - 1] == '.')) {
        std::string_view rest = function.substr(at);
        while (rest.starts_with(k_resumed)) rest = without_break_line(rest.substr(k_resumed.size()));
        return std::string(function.substr(0, at)) + std::string(rest);
    }
    if (function.starts_with(k_resumed_before_2_1) && function.ends_with('>')) {
        function.remove_prefix(k_resumed_before_2_1.size());
        function.remove_suffix(1);
    }
    return std::string(function);
}

bool is_python_frame(std::string_view file, std::string_view function) {
    constexpr std::array<std::string_view, 4> k_extensions{".py", ".pyc", ".pyw", ".ipynb"};
    if (std::ranges::any_of(k_extensions, [&](std::string_view e) { return file.ends_with(e); })) return true;
    if (!file.starts_with('<')) return false;
    return function.find("::") == std::string_view::npos && function.find('(') == std::string_view::npos;
}

StableFiles::StableFiles(const std::string& strip_prefix) {
    if (strip_prefix.empty()) return;
    m_prefix = std::make_unique<RE2>(strip_prefix, RE2::Quiet);
    if (!m_prefix->ok()) {
        throw_usage("--strip-prefix '{}' is no regular expression: {}", strip_prefix, m_prefix->error());
    }
}

std::string StableFiles::operator()(std::string_view file) const {
    if (m_prefix) {
        re2::StringPiece rest(file.data(), file.size());
        if (RE2::Consume(&rest, *m_prefix)) file = std::string_view(rest.data(), rest.size());
    }
    std::string name(file);
    std::ranges::replace(name, '\\', '/');
    drop_kernel_process(name);
    return name;
}

}  // namespace snapq::analysis
