// For a static program. libedit searches the history of the shell with the regular expressions of the C
// library, which have 70 KB. The linker sends its calls here (scripts/cmake/static.cmake), to RE2, which
// snapq contains anyway. The expressions are the same, except for references to a group and for repetitions
// of a repetition, which RE2 does not have.
#include <re2/re2.h>
#include <regex.h>

#include <cstddef>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>

namespace {

// The place after the bracket expression that begins at `from`, or npos where it does not end.
std::size_t end_of_brackets(std::string_view pattern, std::size_t from) {
    std::size_t at = from + 1;
    if (at < pattern.size() && pattern[at] == '^') ++at;
    if (at < pattern.size() && pattern[at] == ']') ++at;
    while (at < pattern.size() && pattern[at] != ']') {
        const bool has_name = pattern.substr(at, 2) == "[:";
        const std::size_t end = has_name ? pattern.find(":]", at + 2) : std::string_view::npos;
        at = end == std::string_view::npos ? at + 1 : end + 2;
    }
    return at < pattern.size() ? at + 1 : std::string_view::npos;
}

std::string quoted(char letter) {
    return RE2::QuoteMeta(re2::StringPiece(&letter, 1));
}

// A basic regular expression of POSIX in the syntax of RE2.
class Translation {
public:
    explicit Translation(std::string_view pattern) : m_pattern(pattern) {}

    bool run() {
        while (m_at < m_pattern.size()) {
            if (!step()) return false;
        }
        return true;
    }

    const std::string& result() const { return m_result; }

private:
    // Copies one element. False where the pattern is wrong, or is one that RE2 does not have.
    bool step() {
        const char letter = m_pattern[m_at++];
        const bool begins = m_begins;
        m_begins = false;
        switch (letter) {
            case '\\': return step_escaped(begins);
            case '[': return step_brackets();
            case '.': m_result += letter; return true;
            // A star that repeats nothing is a letter.
            case '*': m_result += begins ? "\\*" : "*"; return true;
            case '^':
                m_result += begins && !m_anchored ? "^" : "\\^";
                m_anchored = m_begins = begins && !m_anchored;
                return true;
            case '$': m_result += is_at_end() ? "$" : "\\$"; return true;
            default: m_result += quoted(letter); return true;
        }
    }

    bool step_escaped(bool begins) {
        if (m_at == m_pattern.size()) return false;
        const char letter = m_pattern[m_at++];
        // RE2 has no references to a group.
        if (letter >= '1' && letter <= '9') return false;
        if (letter == '{') return !begins && step_count();
        constexpr std::string_view k_groups = "()|";
        constexpr std::string_view k_repetitions = "+?";
        constexpr std::string_view k_classes = "bBsSwW";
        if (k_groups.find(letter) != std::string_view::npos) {
            m_result += letter;
            m_begins = letter != ')';
            m_anchored = false;
        } else if (k_repetitions.find(letter) != std::string_view::npos) {
            m_result += begins ? quoted(letter) : std::string(1, letter);
        } else if (k_classes.find(letter) != std::string_view::npos) {
            (m_result += '\\') += letter;
        } else {
            m_result += quoted(letter);
        }
        return true;
    }

    // How often the element before it is repeated: "2\}", "2,\}", ",3\}" or "2,3\}".
    bool step_count() {
        const std::size_t end = m_pattern.find("\\}", m_at);
        if (end == std::string_view::npos) return false;
        const std::string_view count = m_pattern.substr(m_at, end - m_at);
        if (!RE2::FullMatch(re2::StringPiece(count.data(), count.size()), "[0-9]+(,[0-9]*)?|,[0-9]+"))
            return false;
        m_result += count.starts_with(',') ? "{0" : "{";
        (m_result += count) += '}';
        m_at = end + 2;
        return true;
    }

    bool step_brackets() {
        const std::size_t end = end_of_brackets(m_pattern, m_at - 1);
        if (end == std::string_view::npos) return false;
        m_result += '[';
        for (; m_at < end; ++m_at) {
            // RE2 knows escapes in brackets, POSIX does not.
            if (m_pattern[m_at] == '\\') m_result += '\\';
            m_result += m_pattern[m_at];
        }
        return true;
    }

    bool is_at_end() const {
        const std::string_view rest = m_pattern.substr(m_at);
        return rest.empty() || rest.starts_with("\\)") || rest.starts_with("\\|");
    }

    std::string_view m_pattern;
    std::string m_result;
    std::size_t m_at = 0;
    bool m_begins = true;     // of the pattern, of a group or of an alternative
    bool m_anchored = false;  // the pattern, group or alternative began with ^
};

// The expression belongs to the regex_t, whose first bytes hold its address.
RE2* expression_of(const regex_t* regex) {
    RE2* expression = nullptr;
    std::memcpy(&expression, regex, sizeof expression);
    return expression;
}

}  // namespace

// The linker has chosen the names. NOLINTBEGIN(*-identifier*)
extern "C" {

int __wrap_regcomp(regex_t* regex, const char* pattern, int) {
    Translation translation(pattern);
    if (!translation.run()) return REG_BADPAT;
    RE2::Options options(RE2::Latin1);
    options.set_log_errors(false);
    options.set_dot_nl(true);
    auto expression = std::make_unique<RE2>(translation.result(), options);
    if (!expression->ok()) return REG_BADPAT;
    const RE2* address = expression.release();
    std::memcpy(regex, &address, sizeof address);
    return 0;
}

int __wrap_regexec(const regex_t* regex, const char* text, std::size_t, regmatch_t*, int) {
    return RE2::PartialMatch(text, *expression_of(regex)) ? 0 : REG_NOMATCH;
}

void __wrap_regfree(regex_t* regex) {
    delete expression_of(regex);
}
}
// NOLINTEND(*-identifier*)
