// How each output shows a text that somebody else wrote: a name from a snapshot, a value from a database, the
// name of a file. What is harmless in one output is a command in another, so each has its own rule, and every
// such text goes through one of them. JSON has its rule in json/writer.hpp.
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

// How the two show a character that cannot be seen; empty for all others.
[[nodiscard]] std::string shown_hidden(char32_t code);

// Whether all bytes are visible ASCII or spaces, which no terminal acts on.
[[nodiscard]] bool is_plain_ascii(std::string_view text);

// ---- Markdown of GitHub ----

// `text` as the content of a table cell or of a line: it cannot end the cell, start markup, HTML or a
// formula, become a link, mention a user or refer to an issue or a commit. For the last four, a zero-width
// joiner goes where GitHub would recognise them; escapes do not help, because GitHub looks for them in the
// finished page. A line feed becomes <br>, other characters that cannot be seen are shown as by `printable`.
[[nodiscard]] std::string escape_markdown(AnyText text);

// ---- CSV and TSV ----

// Spreadsheets calculate cells that begin with = + - @, a tab or a carriage return, even in quotes.
enum class Formulas : std::uint8_t {
    kept,      // the text stays exactly as it is
    disarmed,  // such a text gets an apostrophe in front, unless it is a number
};

// A field as in RFC 4180. Text is quoted where it must be, and where it is empty or has spaces at its ends.
// With disarmed formulas also where it has a semicolon or a tab, which some spreadsheets split at.
void append_csv_text(std::string& to, AnyText text, Formulas formulas);

// As PostgreSQL's COPY: tab, line feed, carriage return, NUL and backslash become \t, \n, \r, \0 and \\.
void append_tsv_text(std::string& to, AnyText text, Formulas formulas);

// ---- GitHub Actions ----

// The runner executes lines of a step's output: those that begin with "::" after white space, and "##["
// anywhere in a line. It compares as languages do, where characters without a width do not count.
// A guard shows the second colon, unless a word stands before the first ("std::vector" stays), and the
// bracket by their codes.
class WorkflowGuard {
public:
    // What the output consists of. In JSON the codes are escapes, so its values do not change.
    enum class Content : std::uint8_t { text, json };

    explicit WorkflowGuard(Content content = Content::text) : m_content(content) {}

    // Appends the next bytes of the output. Commands that are split over several calls are found, too.
    void append(std::string& to, std::string_view bytes);

private:
    void append_code(std::string& to, char c) const;
    void append_special(std::string& to, char c);

    Content m_content;
    bool m_after_word = false;   // the character before is part of a word
    bool m_after_colon = false;  // the last visible character is a colon that no word stands before
    int m_hashes = 0;            // before it in sequence, at most 2
};

// "::error title=snapq max-peak::MESSAGE" and a line feed. Title and message may hold any text.
[[nodiscard]] std::string workflow_command(std::string_view command, AnyText title, AnyText message);

}  // namespace snapq::render
