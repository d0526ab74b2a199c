#include "pickle/machine.hpp"

#include <array>
#include <functional>
#include <map>

#include "support/catch.hpp"
#include "support/pickle_builder.hpp"
#include "unit/pickle/recorder.hpp"

using namespace snapq;
using namespace snapq::tests;
using P = PickleBuilder;
using Opcode = pickle::Opcode;

namespace {

std::string decoded(P& pickle) {
    return contents_of(pickle.stop().bytes());
}
// The error of a pickle without STOP.
std::string fail(const P& pickle) {
    return contents_of(pickle.bytes());
}

std::string numbers(int count) {
    std::string made;
    for (int i = 0; i < count; ++i) made += (i > 0 ? ", " : "") + std::to_string(i);
    return made;
}

}  // namespace

// ---- each opcode ----

TEST_CASE("Numbers in all forms") {
    CHECK(decoded(P().binint1(255)) == "255");
    CHECK(decoded(P().binint2(65535)) == "65535");
    CHECK(decoded(P().binint(-2147483647 - 1)) == "-2147483648");
    CHECK(decoded(P().long1("")) == "0");
    CHECK(decoded(P().long1("\xff")) == "-1");
    CHECK(decoded(P().long1(std::string("\xff\0", 2))) == "255");
    CHECK(decoded(P().long1(std::string("\0\0\0\0\0\0\0\x80", 8))) == "-9223372036854775808");
    CHECK(decoded(P().long1(std::string("\0\0\0\0\0\0\0\x80\0", 9))) == "9223372036854775808u");
    CHECK(decoded(P().long1("\xff\xff\xff\xff\xff\xff\xff\xff\xff")) == "-1");
    CHECK(decoded(P().long4("\x10\x27")) == "10000");
    CHECK(decoded(P().binfloat(-1.5)) == "-1.5");
    CHECK(decoded(P().boolean(true)) == "True");
    CHECK(decoded(P().boolean(false)) == "False");
    CHECK(decoded(P().none()) == "None");
    CHECK(decoded(P().int_line("-42")) == "-42");
    CHECK(decoded(P().int_line("00")) == "False");
    CHECK(decoded(P().int_line("01")) == "True");
    CHECK(decoded(P().long_line("18446744073709551615L")) == "18446744073709551615u");
    CHECK(decoded(P().float_line("1e3")) == "1000.0");
}

TEST_CASE("Text in all forms") {
    CHECK(decoded(P().short_binunicode("ab")) == "'ab'");
    CHECK(decoded(P().binunicode("ab")) == "'ab'");
    CHECK(decoded(P().binunicode8("ab")) == "'ab'");
    CHECK(decoded(P().short_binstring("ab")) == "'ab'");
    CHECK(decoded(P().binstring("ab")) == "'ab'");
    CHECK(decoded(P().short_binbytes("ab")) == "'ab'");
    CHECK(decoded(P().binbytes("ab")) == "'ab'");
    CHECK(decoded(P().binbytes8("ab")) == "'ab'");
    CHECK(decoded(P().bytearray8("ab")) == "'ab'");
    CHECK(decoded(P().unicode_line("a\\u00e9\xe9\\U0001f600")) == "'a\u00e9\u00e9\U0001f600'");
    CHECK(decoded(P().string_line("'a\\n\\x41\\''")) == "'a\nA''");
    CHECK(decoded(P().binunicode(std::string(300'000, 'x'))) == "'" + std::string(300'000, 'x') + "'");
}

TEST_CASE("Containers in all forms") {
    CHECK(decoded(P().empty_list()) == "[]");
    CHECK(decoded(P().empty_dict()) == "{}");
    CHECK(decoded(P().empty_tuple()) == "()");
    CHECK(decoded(P().mark().number(1).number(2).list()) == "[1, 2]");
    CHECK(decoded(P().mark().text("k").number(2).dict()) == "{'k': 2}");
    CHECK(decoded(P().mark().number(1).text("a").number(2).tuple()) == "(1, 'a', 2)");
    CHECK(decoded(P().number(1).tuple1()) == "(1)");
    CHECK(decoded(P().number(1).number(2).tuple2()) == "(1, 2)");
    CHECK(decoded(P().number(1).none().number(3).tuple3()) == "(1, None, 3)");
    CHECK(decoded(P().empty_list().number(1).append().number(2).append()) == "[1, 2]");
    CHECK(decoded(P().empty_list().mark().number(1).number(2).appends()) == "[1, 2]");
    CHECK(decoded(P().empty_dict().text("a").number(1).setitem().text("b").number(2).setitem()) ==
          "{'a': 1, 'b': 2}");
    CHECK(decoded(P().empty_dict().mark().text("a").number(1).setitems()) == "{'a': 1}");
    CHECK(decoded(P().op(Opcode::EMPTY_SET).mark().number(1).op(Opcode::ADDITEMS)) == "[1]");
    CHECK(decoded(P().mark().number(1).op(Opcode::FROZENSET)) == "(1)");
    CHECK(decoded(P().mark().list()) == "[]");
    CHECK(decoded(P().mark().dict()) == "{}");
    CHECK(decoded(P().mark().tuple()) == "()");
    CHECK(decoded(P().empty_list().mark().appends()) == "[]");
    CHECK(decoded(P().empty_dict().mark().setitems()) == "{}");
}

TEST_CASE("Containers of protocol 0 are filled after LIST and DICT") {
    CHECK(decoded(P().mark().list().put("0").int_line("1").append().int_line("2").append()) == "[1, 2]");
    CHECK(decoded(P().mark().dict().put("0").unicode_line("k").int_line("2").setitem()) == "{'k': 2}");
    CHECK(decoded(P().mark().number(1).list().number(2).append()) == "[1, 2]");
}

TEST_CASE("Stack and memo opcodes") {
    CHECK(decoded(P().number(1).number(2).pop()) == "1");
    CHECK(decoded(P().number(1).mark().number(2).number(3).pop_mark()) == "1");
    CHECK(decoded(P().number(1).mark().pop()) == "1");
    CHECK(decoded(P().number(1).dup().tuple2()) == "(1, 1)");
    CHECK(decoded(P().text("a").memoize().binget(0).tuple2()) == "('a', 'a')");
    CHECK(decoded(P().text("a").binput(3).binget(3).tuple2()) == "('a', 'a')");
    CHECK(decoded(P().text("a").long_binput(3).long_binget(3).tuple2()) == "('a', 'a')");
    CHECK(decoded(P().text("a").put("3").get("3").tuple2()) == "('a', 'a')");
    CHECK(decoded(P().number(5).memoize().none().memoize().binget(0).binget(1).tuple3()) ==
          "(None, 5, None)");
    CHECK(decoded(P().text("a").binput(0).text("b").binput(0).binget(0).tuple2()) == "('b', 'b')");
    CHECK(decoded(P().empty_list().mark().number(1).number(2).appends().dup().tuple2()) ==
          "([1, 2], [1, 2])");
}

TEST_CASE("PROTO and FRAME do not change the value") {
    for (unsigned protocol = 0; protocol <= 5; ++protocol)
        CHECK(decoded(P().proto(protocol).number(1)) == "1");
    CHECK(decoded(P().proto(4).frame(0).number(1)) == "1");
    CHECK(decoded(P().proto(4).frame(UINT64_MAX).number(1)) == "1");
    CHECK(decoded(P().proto(6).number(1)) == "byte 0: pickle protocol 6 is not supported (0 to 5 are)");
}

TEST_CASE("Bytes after STOP are ignored, and the facts are right") {
    MemorySource source(P().proto(4).text("a").memoize().stop().raw("rest").bytes());
    Recorder recorder;
    const pickle::Decoded decoded = pickle::decode(source, recorder);
    CHECK(decoded.protocol == 4);
    CHECK(decoded.bytes == 7);
    CHECK(decoded.memo_entries == 1);
}

TEST_CASE("Every byte is an opcode of the table or is refused by name") {
    std::size_t known = 0;
    for (unsigned byte = 0; byte < 256; ++byte) {
        const pickle::OpcodeInfo& info = pickle::opcode_info(static_cast<std::uint8_t>(byte));
        std::string stream(1, static_cast<char>(byte));
        if (info.name == "INST")
            stream += "collections\nOrderedDict\n";  // is read, so that an error can name it
        const std::string said = contents_of(stream);
        INFO(byte << " " << said);
        if (info.name.empty()) {
            CHECK(said == fmt::format("byte 0: 0x{:02x} is not a pickle opcode", byte));
            continue;
        }
        ++known;
        const bool is_refused = said.find("which is refused") != std::string::npos;
        CHECK(is_refused == (info.acceptance != pickle::Acceptance::data));
        if (is_refused) CHECK(said.find(std::string(info.name) + " ") != std::string::npos);
    }
    CHECK(known == 68);
}

// ---- batches, sharing, cycles ----

TEST_CASE("Lists and dicts have batches of a thousand") {
    for (const int count : {0, 1, 999, 1000, 1001, 2000, 2001, 3500}) {
        P list;
        list.empty_list().memoize();
        P dict;
        dict.empty_dict().memoize();
        std::string pairs;
        for (int i = 0; i < count; ++i) {
            if (i % 1000 == 0) list.mark(), dict.mark();
            list.number(i);
            dict.number(i).none();
            pairs += (i > 0 ? ", " : "") + std::to_string(i) + ": None";
            if (i % 1000 == 999 || i + 1 == count) list.appends(), dict.setitems();
        }
        CHECK(decoded(list) == "[" + numbers(count) + "]");
        CHECK(decoded(dict) == "{" + pairs + "}");
    }
}

TEST_CASE("A list of the C++ pickler is one group, however long") {
    P list;
    list.empty_list().mark();
    for (int i = 0; i < 5000; ++i) list.number(i);
    CHECK(decoded(list.appends()) == "[" + numbers(5000) + "]");
}

TEST_CASE("The last group may have a thousand items, and small groups may follow each other") {
    P list;
    list.empty_list().mark();
    for (int i = 0; i < 1000; ++i) list.number(i);
    list.appends().number(1000).append();
    CHECK(decoded(list) == "[" + numbers(1001) + "]");
    CHECK(decoded(P().empty_list().number(0).append().mark().number(1).number(2).appends()) == "[0, 1, 2]");
    CHECK(decoded(P().empty_dict().text("a").none().setitem().mark().text("b").none().setitems()) ==
          "{'a': None, 'b': None}");
}

TEST_CASE("A container is shared, whether it is stored in the memo before or after it is filled") {
    const std::string expected = "[[1, 2], [1, 2], [1, 2]]";
    CHECK(decoded(P().empty_list()
                      .mark()
                      .empty_list()
                      .memoize()
                      .mark()
                      .number(1)
                      .number(2)
                      .appends()
                      .binget(0)
                      .binget(0)
                      .appends()) == expected);
    CHECK(decoded(P().empty_list()
                      .mark()
                      .empty_list()
                      .mark()
                      .number(1)
                      .number(2)
                      .appends()
                      .binput(0)
                      .binget(0)
                      .binget(0)
                      .appends()) == expected);
    CHECK(decoded(P().empty_list()
                      .mark()
                      .empty_dict()
                      .memoize()
                      .text("k")
                      .number(1)
                      .setitem()
                      .binget(0)
                      .appends()) == "[{'k': 1}, {'k': 1}]");
    CHECK(decoded(P().empty_list().mark().number(1).none().tuple2().memoize().binget(0).appends()) ==
          "[(1, None), (1, None)]");
}

TEST_CASE("The shared empty list can be fetched while its owner is open") {
    P pickle;
    pickle.empty_dict().mark().text("frames").empty_list().memoize().text("blocks").empty_list().mark();
    pickle.empty_dict().text("frames").binget(0).setitem();
    pickle.empty_dict().text("frames").binget(0).setitem();
    CHECK(decoded(pickle.appends().setitems()) ==
          "{'frames': [], 'blocks': [{'frames': []}, {'frames': []}]}");
}

TEST_CASE("One empty list may be several items of the same list") {
    CHECK(decoded(P().empty_list().mark().empty_list().memoize().binget(0).binget(0).appends()) ==
          "[[], [], []]");
    CHECK(decoded(P().empty_list().mark().empty_list().memoize().empty_list().binget(0).append().appends()) ==
          "[[], [[]]]");
    CHECK(decoded(P().mark().empty_list().memoize().binget(0).tuple()) == "([], [])");
}

TEST_CASE("A container that contains itself is not followed") {
    CHECK(decoded(P().empty_list().memoize().binget(0).append()) == "[cyclic]");
    CHECK(decoded(P().empty_list().memoize().mark().number(1).binget(0).appends()) == "[1, cyclic]");
    CHECK(decoded(P().empty_dict().memoize().text("me").binget(0).setitem()) == "{'me': cyclic}");
    CHECK(decoded(P().empty_dict().memoize().mark().text("me").binget(0).setitems()) == "{'me': cyclic}");
    CHECK(decoded(P().empty_list()
                      .memoize()
                      .mark()
                      .empty_dict()
                      .mark()
                      .text("up")
                      .binget(0)
                      .setitems()
                      .appends()) == "[{'up': cyclic}]");
    CHECK(decoded(P().empty_dict().mark().text("me").empty_list().memoize().binget(0).append().setitems()) ==
          "{'me': [cyclic]}");
    CHECK(decoded(P().empty_list().memoize().empty_list().binget(0).append().append()) ==
          "byte 6: APPEND: the container is already complete");
}

TEST_CASE("The size of the pieces does not matter") {
    P pickle;
    pickle.proto(4).empty_list().memoize().mark();
    for (int i = 0; i < 300; ++i)
        pickle.text(std::string(static_cast<std::size_t>(i), 'x')).memoize().number(i * 1000);
    pickle.appends().stop();
    const std::string whole = contents_of(pickle.bytes());
    for (const std::size_t piece : {1U, 2U, 3U, 7U, 4096U})
        CHECK(contents_of(pickle.bytes(), piece) == whole);
}

TEST_CASE("A memo entry that is overwritten has its last value") {
    CHECK(decoded(P().empty_list().binput(0).mark().text("a").binput(0).appends().binget(0).tuple2()) ==
          "(['a'], 'a')");
    CHECK(decoded(P().empty_list()
                      .binput(0)
                      .empty_list()
                      .binput(0)
                      .number(1)
                      .append()
                      .append()
                      .binget(0)
                      .tuple2()) == "([[1]], [1])");
}

TEST_CASE("MEMOIZE counts the stored entries as CPython does, also with gaps") {
    CHECK(decoded(P().text("abcde").binput(5).number(3).memoize().binget(1).tuple2().binget(5).tuple2()) ==
          "((3, 3), 'abcde')");
    CHECK(decoded(P().text("abcde").binput(1).number(3).memoize().number(4).memoize().binget(1).tuple3()) ==
          "(3, 4, 4)");
}

// ---- memo limits ----

TEST_CASE("Memo indexes may have gaps but not exceed the size of the file") {
    P gap;
    for (int i = 0; i < 50; ++i) gap.text("text").pop();
    CHECK(decoded(gap.text("a").binput(200).binget(200).tuple2()) == "('a', 'a')");
    CHECK(fail(P().text("a").binput(200)) ==
          "byte 3: memo index 200 is far above the 0 entries stored so far");
    CHECK(fail(P().number(1).long_binput(0xffffffff)) ==
          "byte 2: memo index 4294967295 is far above the 0 entries stored so far");
    CHECK(fail(P().number(1).put("99999999999999999999")) ==
          "byte 2: a memo index was expected on this line");
    CHECK(fail(P().number(1).put("-1")) == "byte 2: a memo index was expected on this line");
    CHECK(fail(P().binget(3)) == "byte 0: memo entry 3 is fetched but was not stored");
    CHECK(fail(P().text("a").memoize().long_binget(9)) ==
          "byte 4: memo entry 9 is fetched but was not stored");
    CHECK(fail(P().memoize()) == "byte 0: memo: the stack is empty");
}

TEST_CASE("The memo does not grow faster than in any pickle of a pickler") {
    const std::string entries = fail(P().text("a").raw(std::string(3'000'000, '\x94')));
    CHECK(entries.find("is more than any pickler uses in so few bytes") != std::string::npos);
    P numbers;
    for (int i = 0; i < 200'000; ++i) numbers.number(i % 2).memoize().pop();
    CHECK(fail(numbers).find("numbers and other small values are in the memo") != std::string::npos);
}

TEST_CASE("A numpy dtype has a short name, and there are few of them") {
    CHECK(fail(P().global("numpy", "dtype").text(std::string(100, 'f')).tuple1().reduce())
              .find("numpy dtype 1 has a name of 100 bytes, which no number type has") != std::string::npos);
}

// ---- damage of the stack ----

TEST_CASE("Opcodes without their operands on the stack are refused") {
    CHECK(fail(P().stop()) == "byte 0: STOP: the stack is empty");
    CHECK(fail(P().pop()) == "byte 0: POP: the stack is empty");
    CHECK(fail(P().dup()) == "byte 0: DUP: the stack is empty");
    CHECK(fail(P().append()) == "byte 0: APPEND: the stack is empty");
    CHECK(fail(P().number(1).append()) == "byte 2: APPEND: the stack is empty");
    CHECK(fail(P().number(1).number(2).append()) == "byte 4: APPEND: the target is not a list");
    CHECK(fail(P().appends()) == "byte 0: APPENDS: there is no MARK");
    CHECK(fail(P().mark().appends()) == "byte 1: APPENDS: the stack is empty");
    CHECK(fail(P().setitem()) == "byte 0: SETITEM: the stack is empty");
    CHECK(fail(P().empty_dict().mark().number(1).setitems()) == "byte 4: SETITEMS: a key without a value");
    CHECK(fail(P().empty_list().mark().number(1).number(1).setitems()) ==
          "byte 6: SETITEMS: the target is not a dict");
    CHECK(fail(P().number(1).tuple2()) == "byte 2: TUPLE: the stack is empty");
    CHECK(fail(P().number(1).mark().tuple1()) == "byte 3: TUPLE: the stack is empty");
    CHECK(fail(P().tuple()) == "byte 0: TUPLE: there is no MARK");
    CHECK(fail(P().list()) == "byte 0: LIST: there is no MARK");
    CHECK(fail(P().mark().number(1).dict()) == "byte 3: DICT: a key without a value");
    CHECK(fail(P().pop_mark()) == "byte 0: POP_MARK: there is no MARK");
    CHECK(fail(P().empty_list().mark().number(1).append()) == "byte 4: APPEND: the target is below a MARK");
}

TEST_CASE("A complete container cannot grow") {
    CHECK(fail(P().empty_list().memoize().mark().number(1).appends().binget(0).number(2).append())
              .find("APPEND: the container is already complete") != std::string::npos);
}

// ---- hostile sizes ----

TEST_CASE("A declared length allocates nothing before the bytes are read") {
    CHECK(fail(P().declare(Opcode::BINUNICODE, 0xfffffff0, 4).raw("abc")) ==
          "truncated: the file ends at byte 8, inside the pickle (text of 4294967280 bytes)");
    CHECK(fail(P().declare(Opcode::BINUNICODE8, UINT64_MAX, 8).raw("abc")) ==
          "truncated: the file ends at byte 12, inside the pickle (text of 18446744073709551615 bytes)");
    CHECK(fail(P().declare(Opcode::BINBYTES8, UINT64_MAX - 8, 8)) ==
          "truncated: the file ends at byte 9, inside the pickle (bytes of 18446744073709551607 bytes)");
    CHECK(fail(P().declare(Opcode::LONG4, 0x7fffffff, 4)) ==
          "byte 0: an integer of 2147483647 bytes is longer than any in a snapshot");
    CHECK(fail(P().declare(Opcode::LONG4, 0xffffffff, 4)) ==
          "byte 0: an integer of 4294967295 bytes is longer than any in a snapshot");
    CHECK(fail(P().long1(std::string(17, '\1'))) ==
          "byte 0: an integer of 17 bytes is longer than any in a snapshot");
}

TEST_CASE("Deep nesting is refused without recursion") {
    CHECK(contents_of(std::string(1'000'000, ']')) ==
          "byte 100000: more than 100000 containers are open at once");
    CHECK(contents_of(std::string(1'000'000, '(')) ==
          "byte 100000: MARK: nested more than 100000 levels deep");
    const std::string tuples = "N" + std::string(1000, '\x85') + ".";
    CHECK(contents_of(tuples) == std::string(1000, '(') + "None" + std::string(1000, ')'));
}

TEST_CASE("The number of values on the stack is limited in proportion to the file") {
    const std::string flood = fail(P().raw(std::string(3'000'000, 'N')));
    CHECK(flood.find("values, more than any pickler needs") != std::string::npos);
}

TEST_CASE("The number of values in tuples is limited in proportion to the file") {
    P pickle;
    for (int i = 0; i < 40; ++i) pickle.mark().raw(std::string(100'000, 'N')).tuple();
    CHECK(fail(pickle).find("values, more than any pickler writes in so few bytes") != std::string::npos);
}

TEST_CASE("A long group of lists that are filled one by one takes linear time") {
    P pickle;
    pickle.empty_list().mark();
    for (int i = 0; i < 50'000; ++i) pickle.empty_list().none().append();
    const std::string meaning = decoded(pickle.appends());
    CHECK(meaning.size() == 50'000 * std::string("[None], ").size());
}

// A handler that finishes a dict only when all items before it are in the list.
class Waiting : public Recorder {
public:
    Value dict(std::span<const Value> pairs, pickle::ListState* owner, bool may_wait,
               std::uint64_t offset) override {
        return may_wait ? pickle::k_not_yet : Recorder::dict(pairs, owner, may_wait, offset);
    }
};

TEST_CASE("Each value of an open group is looked at once, however often its dicts are referred to") {
    constexpr int k_dicts = 20'000;
    const std::map<std::string, std::function<void(P&)>> k_hindrances{
        {"a number at the end", [](P& pickle) { pickle.number(1); }},
        {"none", [](P&) {}},
    };
    for (const auto& [name, add_hindrance] : k_hindrances) {
        INFO(name);
        P pickle;
        pickle.proto(4).empty_list().mark();
        for (int i = 0; i < k_dicts; ++i) pickle.empty_dict().memoize().mark().number(1).number(i).setitems();
        add_hindrance(pickle);
        for (int i = 0; i < k_dicts; ++i) pickle.long_binget(static_cast<std::uint32_t>(i));
        Waiting recorder;
        MemorySource source(pickle.appends().stop().bytes());
        const pickle::Decoded decoded = pickle::decode(source, recorder);
        CHECK(decoded.values_checked > 0);
        CHECK(decoded.values_checked < 3 * k_dicts);
    }
}

TEST_CASE("Values that replace others in an open group are looked at, too") {
    // The last dict is taken away and comes again, each time behind a list that is filled later.
    constexpr int k_dicts = 5'000;
    P pickle;
    pickle.proto(4).empty_list().mark();
    for (int i = 0; i < k_dicts; ++i) pickle.empty_dict().memoize().mark().number(1).number(i).setitems();
    for (int i = 1; i < k_dicts; ++i) {
        pickle.empty_list().long_binget(static_cast<std::uint32_t>(i)).pop().mark().number(i).appends();
    }
    Waiting recorder;
    MemorySource source(pickle.appends().stop().bytes());
    const pickle::Decoded decoded = pickle::decode(source, recorder);
    CHECK(decoded.values_checked < 6 * k_dicts);
    const std::string shown = recorder.show(decoded.root);
    CHECK(shown.starts_with("[{1: 0}, {1: 1}, "));
    CHECK(shown.ends_with("[4998], [4999]]"));
}

TEST_CASE("Lines of protocol 0 have a maximum length") {
    CHECK(contents_of("I" + std::string(10'000, '1')) == "byte 1: INT: no end of line within 4096 bytes");
    CHECK(contents_of("I12") == "truncated: the file ends at byte 3, inside the pickle (INT)");
    CHECK(contents_of("Ix\n.") == "byte 0: a number was expected on this line");
    CHECK(contents_of("Sabc\n.") == "byte 0: STRING: the text is not quoted");
}

TEST_CASE("A pickle truncated after any byte is called truncated at this byte") {
    P pickle;
    pickle.proto(4).frame(100).empty_dict().memoize().mark().pair("key", "value").pair("number", 70000);
    pickle.text("list").empty_list().mark().int_line("5").binfloat(1).none().appends().setitems().stop();
    for (std::size_t length = 0; length < pickle.size(); ++length) {
        const std::string said = contents_of(pickle.bytes().substr(0, length));
        INFO(length << " " << said);
        CHECK(
            said.starts_with(fmt::format("truncated: the file ends at byte {}, inside the pickle", length)));
    }
}
