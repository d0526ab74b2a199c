#include "frames/notebook.hpp"

#include "support/catch.hpp"

using namespace snapq::frames;

TEST_CASE("Filenames of notebook cells lose the process and the counter", "[notebook]") {
    CHECK(without_counters("/tmp/ipykernel_4711/169.py") == "/tmp/ipykernel/169.py");
    CHECK(without_counters("/tmp/xpython_4711/169.py") == "/tmp/xpython/169.py");
    CHECK(without_counters("/home/ada/.ipykernel/1234/command-5-6") == "/home/ada/.ipykernel/command-5-6");
    CHECK(without_counters("<ipython-input-12-1a2b3c4d5e6f>") == "<ipython-input-1a2b3c4d5e6f>");
    CHECK(without_counters("/tmp/ipython-input-4-3467281049.py") == "/tmp/ipython-input-3467281049.py");
    CHECK(without_counters("<ipython-input-12>") == "<ipython-input>");
    CHECK(without_counters("Cell In[12]") == "Cell In");
    CHECK(without_counters("Input In [3]") == "Input In");
}

TEST_CASE("Filenames that only look like notebook cells are kept", "[notebook]") {
    for (const std::string name :
         {"/tmp/ipykernel_x/169.py", "/tmp/ipykernel_", "/tmp/ipython-input-3467281049.py",
          "<ipython-input-ab>", "Cell In[]", "Cell In[12", "cell_12.py", ""}) {
        CHECK(without_counters(name) == name);
        CHECK_FALSE(counter_of_cell(name));
    }
}

TEST_CASE("A cell without a hash is told from others by its counter", "[notebook]") {
    CHECK(counter_of_cell("Cell In[12]") == 12);
    CHECK(counter_of_cell("Input In [3]") == 3);
    CHECK(counter_of_cell("<ipython-input-7>") == 7);
    CHECK_FALSE(counter_of_cell("<ipython-input-12-1a2b3c4d5e6f>"));
    CHECK_FALSE(counter_of_cell("/tmp/ipykernel_4711/169.py"));
    CHECK_FALSE(counter_of_cell("Cell In[99999999999999999999]"));
}
