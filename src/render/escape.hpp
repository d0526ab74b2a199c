// How each output shows untrusted text: a name from a snapshot, a value from a database, the name of a file.
// Text that is harmless in one output is a command in another, so each output has its own rule, and all
// untrusted text goes through one of them. The rule for JSON is in json/writer.hpp.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "support/untrusted_text.hpp"

namespace snapq::render {

// ---- terminals and logs ----

// One line without characters that cannot be seen: control characters become \n, \t, \0, \x1b and so on,
// characters without a width and those that change the direction of writing become \u200b, \u202e and so on,
// invalid UTF-8 becomes U+FFFD. Combining marks stay.
[[nodiscard]] std::string printable(AnyText text);

// The same, but line feeds are kept.
[[nodiscard]] std::string printable_lines(AnyText text);

// The text by which both functions replace a character that cannot be seen; empty for all other characters.
[[nodiscard]] std::string shown_hidden(char32_t code);

// Whether all bytes are visible ASCII or spaces, which no terminal acts on.
[[nodiscard]] bool is_plain_ascii(std::string_view text);

// ---- Markdown of GitHub ----

// `text` as the content of a table cell or of a line: it cannot end the cell, start markup, HTML or a
// formula, become a link, mention a user or refer to an issue or a commit. For links, mentions, issues and
// commits, a zero-width joiner is put into the place where GitHub would recognise them. Escapes do not help
// there, because GitHub looks for them in the rendered page. A line feed becomes <br>, other characters that
// cannot be seen are shown as by `printable`.
[[nodiscard]] std::string escape_markdown(AnyText text);

// GitHub accepts 65 536 characters in a comment. The difference leaves room for text that a workflow adds.
inline constexpr std::size_t k_comment_bytes = 60'000;
// The number of rows of a table that are not folded, and the width of a name in the table.
inline constexpr std::size_t k_comment_rows = 15;
inline constexpr std::size_t k_comment_name_width = 60;

// A folded section; empty when `body` is empty.
[[nodiscard]] std::string markdown_details(std::string_view title, std::string_view body);

// ---- CSV and TSV ----

// Spreadsheets calculate cells that begin with = + - @, a tab or a carriage return, even in quotes.
enum class Formulas : std::uint8_t {
    kept,      // the text stays exactly as it is
    disarmed,  // text of such a cell gets an apostrophe in front, unless it is a number
};

// A field as in RFC 4180. Text is quoted if RFC 4180 requires it, if it is empty, and if it begins or ends
// with a space. With disarmed formulas, it is also quoted if it has a semicolon or a tab, at which some
// spreadsheets split cells.
void append_csv_text(std::string& to, AnyText text, Formulas formulas);

// As PostgreSQL's COPY: tab, line feed, carriage return, NUL and backslash become \t, \n, \r, \0 and \\.
void append_tsv_text(std::string& to, AnyText text, Formulas formulas);

// ---- GitHub Actions ----

// The runner of GitHub Actions executes commands in the output of a step: lines that begin with "::" after
// white space, and "##[" anywhere in a line. It ignores characters without a width when it compares. A guard
// replaces the second colon and the bracket by their codes. A "::" after a word stays as it is, as in
// "std::vector".
class WorkflowGuard {
public:
    // The format of the output. In JSON, the codes are JSON escapes, so the values do not change.
    enum class Content : std::uint8_t { text, json };

    explicit WorkflowGuard(Content content = Content::text) : m_content(content) {}

    // Appends the next bytes of the output. A command that is split over several calls is found too.
    void append(std::string& to, std::string_view bytes);

private:
    void append_code(std::string& to, char c) const;
    void append_special(std::string& to, char c);

    Content m_content;
    bool m_after_word = false;   // the character before is part of a word
    bool m_after_colon = false;  // the last visible character is a colon without a word before it
    int m_hashes = 0;            // number of "#" directly before the next character, at most 2
};

// "::error title=snapq max-peak::MESSAGE" and a line feed. Title and message may hold any text.
[[nodiscard]] std::string workflow_command(std::string_view command, AnyText title, AnyText message);

}  // namespace snapq::render
