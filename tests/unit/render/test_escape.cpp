#include "render/escape.hpp"

#include <cstddef>
#include <string>
#include <string_view>

#include "support/catch.hpp"

using namespace snapq::render;

namespace {

std::string csv(std::string_view text, Formulas formulas = Formulas::kept) {
    std::string field;
    append_csv_text(field, text, formulas);
    return field;
}

std::string tsv(std::string_view text, Formulas formulas = Formulas::kept) {
    std::string field;
    append_tsv_text(field, text, formulas);
    return field;
}

using Content = WorkflowGuard::Content;

std::string guarded(std::string_view text, Content content = Content::text) {
    std::string safe;
    WorkflowGuard(content).append(safe, text);
    return safe;
}

constexpr std::string_view k_joiner = "\u200d";

std::string joined(std::string_view before, std::string_view after) {
    return std::string(before) + std::string(k_joiner) + std::string(after);
}

}  // namespace

TEST_CASE("Control characters become visible and harmless") {
    CHECK(printable("a\nb\tc\rd") == "a\\nb\\tc\\rd");
    CHECK(printable("\x1b[31m") == "\\x1b[31m");
    CHECK(printable(std::string_view("a\0b", 3)) == "a\\0b");
    CHECK(printable("\x7f") == "\\x7f");
    CHECK(printable("\u0085") == "\\u0085");
    CHECK(printable("abc\u202edef") == "abc\\u202edef");
}

TEST_CASE("printable_lines keeps line feeds") {
    CHECK(printable_lines("a\nb\tc") == "a\nb\\tc");
}

TEST_CASE("Each byte of invalid UTF-8 is replaced") {
    CHECK(printable("a\xff\xc3z") == "a\xef\xbf\xbd\xef\xbf\xbdz");
    CHECK(printable("\xed\xa0\x80").size() == 9);       // a surrogate
    CHECK(printable("\xc0\xaf").size() == 6);           // an overlong slash
    CHECK(printable("\xf4\x90\x80\x80").size() == 12);  // above U+10FFFF
}

TEST_CASE("Characters without a width become visible, combining marks stay") {
    CHECK(printable("a\u200bb\u200dc\ufeff") == "a\\u200bb\\u200dc\\ufeff");
    CHECK(printable("\u00ad\u034f\u2060\u3164\ufe0f\ufff9") == "\\u00ad\\u034f\\u2060\\u3164\\ufe0f\\ufff9");
    CHECK(printable("\U000e0041") == "\\U000e0041");
    CHECK(printable("\u2028\u2029\u061c") == "\\u2028\\u2029\\u061c");
    CHECK(printable("e\u0301 漢字 \u00a0x") == "e\u0301 漢字 \u00a0x");
}

TEST_CASE("Markup in Markdown is escaped, identifiers stay as they are") {
    CHECK(escape_markdown("tinylm/model.py:7 __call__ snake_case _x") ==
          "tinylm/model.py:7 \\_\\_call\\_\\_ snake_case \\_x");
    CHECK(escape_markdown("<b>&amp; `c` $x$ *y* ~~z~~ [l](u) a|b \\") ==
          "&lt;b&gt;&amp;amp; \\`c\\` \\$x\\$ \\*y\\* \\~\\~z\\~\\~ \\[l\\](u) a\\|b \\\\");
    CHECK(escape_markdown(" a\nb ") == "&#32;a<br>b&#32;");
    CHECK(escape_markdown("\x1b\u009b\u202e\t\xff") == "\\\\x1b\\\\u009b\\\\u202e\\\\t\ufffd");
    CHECK(escape_markdown("größe_x 漢_字_") == "größe_x 漢_字\\_");
}

TEST_CASE("GitHub finds no mention, issue, commit or address in Markdown") {
    CHECK(escape_markdown("@octocat") == joined("@", "octocat"));
    CHECK(escape_markdown("a.b@c.d") == joined("a.b@", "c.d"));
    CHECK(escape_markdown("org/repo#12") == joined("org/repo\\#", "12"));
    CHECK(escape_markdown("gh-7 GHx-7") == joined("gh", "-7 GHx-7"));
    CHECK(escape_markdown("https://e") == joined("https:", "//e"));
    CHECK(escape_markdown("WWW.e") == joined("WWW", ".e"));
    CHECK(escape_markdown("0123abc def012 0123abc_") ==
          joined("0123ab", "c def012 ") + joined("0123ab", "c\\_"));
    CHECK(escape_markdown("0123456789abcdef") == joined(joined("012345", "6789ab"), "cdef"));
    CHECK(escape_markdown("std::vector a:b") == "std::vector a:b");
}

TEST_CASE("CSV quotes what it must, and TSV escapes it") {
    CHECK(csv("a b") == "a b");
    CHECK(csv("") == "\"\"");
    CHECK(csv(" a") == "\" a\"");
    CHECK(csv("a,\"b\"\n") == "\"a,\"\"b\"\"\n\"");
    CHECK(csv("=1;2") == "=1;2");
    CHECK(tsv("a\tb\n\r\\") == "a\\tb\\n\\r\\\\");
}

TEST_CASE("Disarmed texts are no formulas, and numbers stay numbers") {
    for (const std::string_view text : {"=1", "+x", "-x", "@x", "-1+2", "-", "\uff1d1", "-inf", "=", "- 1"}) {
        CHECK(csv(text, Formulas::disarmed) == "'" + std::string(text));
        CHECK(tsv(text, Formulas::disarmed) == "'" + std::string(text));
    }
    CHECK(csv("\t=1", Formulas::disarmed) == "\"'\t=1\"");
    CHECK(csv("\r1", Formulas::disarmed) == "\"'\r1\"");
    CHECK(csv("  =1", Formulas::disarmed) == "\"'  =1\"");
    CHECK(csv("\ufeff=1", Formulas::disarmed) == "'\ufeff=1");
    CHECK(csv("a;=1", Formulas::disarmed) == "\"a;=1\"");
    for (const std::string_view text : {"-1", "+1.5", "-2e9", "a=1", "'=1", "x"}) {
        CHECK(csv(text, Formulas::disarmed) == text);
    }
}

TEST_CASE("Workflow commands become inert, names of C++ stay") {
    CHECK(guarded("::error::x\n") == ":\\x3aerror::x\n");
    CHECK(guarded("a\n \t::x\r::y") == "a\n \t:\\x3ax\r:\\x3ay");
    CHECK(guarded("a ##[add-mask]s # #[x] #[x]") == "a ##\\x5badd-mask]s # #[x] #[x]");
    CHECK(guarded("###[x]") == "###\\x5bx]");
    for (const std::string_view text :
         {"at::Tensor", "std::vector<int>::at", "f()::operator[]", "a: b", "12:30", "# [x]", "\"a\": [1]"}) {
        CHECK(guarded(text) == text);
    }
}

TEST_CASE("Characters without a width do not hide a workflow command") {
    CHECK(guarded("\u200b:\u200d:x") == "\u200b:\u200d\\x3ax");
    CHECK(guarded("#\u200d#\u200b[x]") == "#\u200d#\u200b\\x5bx]");
    CHECK(guarded(std::string_view("\0::x", 4)) == std::string_view("\0:\\x3ax", 7));
    CHECK(guarded("\u2028::x") == "\u2028:\\x3ax");
}

TEST_CASE("In JSON a guard writes escapes, which change no value") {
    CHECK(guarded(R"({"::a":["##[b]","c::d"]})", Content::json) == R"({":\u003aa":["##\u005bb]","c::d"]})");
}

TEST_CASE("A workflow command is found wherever the output is cut") {
    const std::string output = "a::b ##[c] ::d\n::e #\u200d#[f]\r\n:\u200b:g";
    const std::string whole = guarded(output);
    for (std::size_t cut = 0; cut <= output.size(); ++cut) {
        WorkflowGuard guard;
        std::string safe;
        guard.append(safe, std::string_view(output).substr(0, cut));
        guard.append(safe, std::string_view(output).substr(cut));
        CHECK(safe == whole);
    }
}

TEST_CASE("An annotation is one live command, and its texts hold no other") {
    CHECK(workflow_command("error", "snapq a:b,c", "50% of\nx") ==
          "::error title=snapq a%3Ab%2Cc::50%25 of%0Ax\n");
    CHECK(workflow_command("warning", "t", "::error::x\n##[group]") ==
          "::warning title=t:::\\x3aerror::x%0A##\\x5bgroup]\n");
}
