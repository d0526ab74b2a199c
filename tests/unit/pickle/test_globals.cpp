#include "pickle/globals.hpp"

#include "support/catch.hpp"
#include "support/pickle_builder.hpp"
#include "unit/pickle/recorder.hpp"

using namespace snapq;
using namespace snapq::tests;
using P = PickleBuilder;
using Opcode = pickle::Opcode;

namespace {

std::string mean_of(P& pickle) {
    return contents_of(pickle.stop().bytes());
}

// numpy.core.multiarray.scalar(dtype(text, False, True) with `order`, raw)
std::string scalar(const char* dtype, const char* order, std::string_view raw) {
    P pickle;
    pickle.stack_global("numpy._core.multiarray", "scalar").stack_global("numpy", "dtype");
    pickle.text(dtype).boolean(false).boolean(true).tuple3().reduce().memoize();
    pickle.mark().number(3).text(order).none().none().none().number(-1).number(-1).number(0).tuple().build();
    return mean_of(pickle.short_binbytes(raw).tuple2().reduce());
}

}  // namespace

TEST_CASE("An OrderedDict and a defaultdict are dicts") {
    CHECK(mean_of(P().global("collections", "OrderedDict")
                      .empty_tuple()
                      .reduce()
                      .memoize()
                      .text("k")
                      .number(1)
                      .setitem()) == "{'k': 1}");
    CHECK(mean_of(P().stack_global("collections", "OrderedDict")
                      .empty_tuple()
                      .reduce()
                      .mark()
                      .text("k")
                      .number(1)
                      .text("l")
                      .number(2)
                      .setitems()) == "{'k': 1, 'l': 2}");
    CHECK(mean_of(P().global("collections", "defaultdict")
                      .global("__builtin__", "list")
                      .tuple1()
                      .reduce()
                      .mark()
                      .text("k")
                      .number(1)
                      .setitems()) == "{'k': 1}");
    CHECK(mean_of(P().global("collections", "defaultdict").empty_tuple().reduce()) == "{}");
}

TEST_CASE("Numbers of numpy are numbers") {
    CHECK(scalar("i8", "<", std::string("\xfe\xff\xff\xff\xff\xff\xff\xff", 8)) == "-2");
    CHECK(scalar("i4", "<", std::string("\x01\x02\0\0", 4)) == "513");
    CHECK(scalar("i2", "<", std::string("\xff\xff", 2)) == "-1");
    CHECK(scalar("i1", "|", std::string("\x80", 1)) == "-128");
    CHECK(scalar("u8", "<", std::string("\0\0\0\0\0\0\0\x80", 8)) == "9223372036854775808u");
    CHECK(scalar("u4", "<", std::string("\xff\xff\xff\xff", 4)) == "4294967295");
    CHECK(scalar("i8", ">", std::string("\0\0\0\0\0\0\x01\x02", 8)) == "258");
    CHECK(scalar("f8", "<", std::string("\0\0\0\0\0\0\xf8\x3f", 8)) == "1.5");
    CHECK(scalar("f4", "<", std::string("\0\0\xc0\x3f", 4)) == "1.5");
    CHECK(scalar("f4", ">", std::string("\x3f\xc0\0\0", 4)) == "1.5");
    CHECK(scalar("b1", "|", std::string("\x01", 1)) == "True");
}

TEST_CASE("A numpy scalar of another kind is refused") {
    CHECK(scalar("c16", "<", std::string(16, '\0')).find("dtype 'c16' and 16 bytes is not supported") !=
          std::string::npos);
    CHECK(scalar("M8", "<", std::string(8, '\0')).find("dtype 'M8' is not supported") != std::string::npos);
    CHECK(scalar("f2", "<", std::string(2, '\0')).find("dtype 'f2' and 2 bytes is not supported") !=
          std::string::npos);
    CHECK(mean_of(P().global("numpy.core.multiarray", "scalar").number(1).tuple1().reduce()) ==
          "byte 33: REDUCE: a numpy scalar is not (dtype, bytes)");
}

TEST_CASE("Bytes in the form of protocol 2 are bytes") {
    CHECK(mean_of(P().global("_codecs", "encode").binunicode("a\u00e9").text("latin1").tuple2().reduce()) ==
          "'a\xe9'");
    P in_scalar;
    in_scalar.global("numpy.core.multiarray", "scalar")
        .global("numpy", "dtype")
        .text("i1")
        .number(0)
        .number(1);
    in_scalar.tuple3().reduce().global("_codecs", "encode").text("\u00fe").text("latin1").tuple2().reduce();
    CHECK(mean_of(in_scalar.tuple2().reduce()) == "-2");
}

TEST_CASE("Type tags of TorchScript are ignored") {
    CHECK(mean_of(P().global("torch.jit._pickle", "restore_type_tag")
                      .empty_list()
                      .number(1)
                      .append()
                      .text("List[int]")
                      .tuple2()
                      .reduce()) == "[1]");
    CHECK(mean_of(P().global("torch.jit._pickle", "build_intlist")
                      .empty_list()
                      .number(1)
                      .append()
                      .tuple1()
                      .reduce()) == "[1]");
}

TEST_CASE("What holds a known kind of object is said") {
    const auto refusal = [](const char* module, const char* name) {
        return mean_of(P().global(module, name));
    };
    const std::string tensors =
        "it holds tensors, as a checkpoint (state_dict) has them, and not only a memory snapshot";
    CHECK(refusal("torch._utils", "_rebuild_tensor_v2").find(tensors) != std::string::npos);
    CHECK(
        refusal("torch._utils", "_rebuild_tensor_v2").find("the global 'torch._utils._rebuild_tensor_v2'") !=
        std::string::npos);
    CHECK(refusal("torch.nn.modules.linear", "Linear").find("a whole model") != std::string::npos);
    CHECK(refusal("tracemalloc", "Snapshot").find("the memory of the CPU") != std::string::npos);
    CHECK(refusal("numpy.core.multiarray", "_reconstruct").find("NumPy arrays") != std::string::npos);
}

TEST_CASE("A global that is not plain data is refused by name, at its opcode") {
    const std::string refused = "the pickle names the global 'os.system', which is not plain data";
    CHECK(mean_of(P().proto(2).global("os", "system")) == "byte 2: " + refused);
    CHECK(mean_of(P().proto(4).text("os").text("system").op(Opcode::STACK_GLOBAL)) == "byte 14: " + refused);
    CHECK(mean_of(P().proto(4).text("system").memoize().pop().text("os").binget(0).op(
              Opcode::STACK_GLOBAL)) == "byte 18: " + refused);
    CHECK(mean_of(P().short_binbytes("os").short_binbytes("system").op(Opcode::STACK_GLOBAL)) ==
          "byte 12: " + refused);
    CHECK(mean_of(P().global("collections", "OrderedDict.x")).find("which is not plain data") !=
          std::string::npos);
    CHECK(mean_of(P().global("builtins", "eval")).find("'builtins.eval'") != std::string::npos);
    const std::string long_name(300, 'a');
    CHECK(mean_of(P().global(long_name, "b")).find("'" + long_name.substr(0, 200) + ".b'") !=
          std::string::npos);
    CHECK(mean_of(P().number(1).text("x").op(Opcode::STACK_GLOBAL)) ==
          "byte 5: STACK_GLOBAL: module and name are not text");
}

TEST_CASE("Opcodes that would construct or fetch something are refused by name") {
    const auto said = [](Opcode opcode, const char* why) {
        return fmt::format("byte 2: opcode {} {}, which is refused",
                           pickle::opcode_info(static_cast<std::uint8_t>(opcode)).name, why);
    };
    for (const Opcode opcode : {Opcode::OBJ, Opcode::NEWOBJ, Opcode::NEWOBJ_EX}) {
        CHECK(mean_of(P().proto(4).op(opcode)) == said(opcode, "would construct an object"));
    }
    CHECK(mean_of(P().proto(4).op(Opcode::INST).raw("collections\nOrderedDict\n")) ==
          said(Opcode::INST, "would construct an object"));
    CHECK(mean_of(P().proto(4).op(Opcode::INST).raw("os\nsystem\n")).find("global 'os.system'") !=
          std::string::npos);
    for (const Opcode opcode : {Opcode::EXT1, Opcode::EXT2, Opcode::EXT4, Opcode::PERSID, Opcode::BINPERSID,
                                Opcode::NEXT_BUFFER, Opcode::READONLY_BUFFER}) {
        CHECK(mean_of(P().proto(4).op(opcode)) == said(opcode, "refers to an object outside the file"));
    }
}

TEST_CASE("REDUCE accepts only the listed globals with valid arguments") {
    CHECK(mean_of(P().global("builtins", "int").number(1).tuple1().reduce()) ==
          "byte 17: REDUCE: a builtin type would be called, which is refused");
    CHECK(mean_of(P().text("f").empty_tuple().reduce()) == "byte 4: REDUCE: the callable is not a global");
    CHECK(mean_of(P().global("collections", "OrderedDict").empty_list().reduce()) ==
          "byte 26: REDUCE: the arguments are not a tuple");
    CHECK(mean_of(P().global("collections", "OrderedDict").number(1).tuple1().reduce()) ==
          "byte 28: REDUCE: an OrderedDict with arguments is not supported");
    CHECK(mean_of(P().reduce()) == "byte 0: REDUCE: the stack is empty");
    CHECK(mean_of(P().global("_codecs", "encode").empty_tuple().reduce()) ==
          "byte 17: REDUCE: encode() without text");
    CHECK(mean_of(P().global("numpy", "dtype").empty_tuple().reduce()) ==
          "byte 14: REDUCE: a numpy dtype without its name");
    CHECK(mean_of(P().global("torch.jit._pickle", "restore_type_tag").empty_tuple().reduce()) ==
          "byte 37: REDUCE: the arguments are missing");
}

TEST_CASE("BUILD is accepted on plain data only, and changes nothing") {
    CHECK(mean_of(P().global("collections", "OrderedDict").empty_tuple().reduce().empty_dict().build()) ==
          "{}");
    CHECK(mean_of(P().empty_list().empty_dict().build()) ==
          "byte 2: BUILD: sets the state of an object that is not plain data");
    CHECK(mean_of(P().number(1).empty_dict().build()) ==
          "byte 3: BUILD: sets the state of an object that is not plain data");
    CHECK(mean_of(P().build()) == "byte 0: BUILD: the stack is empty");
}

TEST_CASE("A global that is not called has no value") {
    CHECK(mean_of(P().global("builtins", "int")) == "opaque");
    CHECK(mean_of(P().global("numpy", "dtype").text("f8").number(0).number(1).tuple3().reduce()) == "opaque");
}

TEST_CASE("A global may be stored in the memo and fetched") {
    P pickle;
    pickle.global("collections", "OrderedDict")
        .memoize()
        .empty_tuple()
        .reduce()
        .binget(0)
        .empty_tuple()
        .reduce();
    CHECK(mean_of(pickle.tuple2()) == "({}, {})");
}
