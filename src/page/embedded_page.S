/* The two compressed files that scripts/cmake/bundle_page.cmake makes, as bytes of the program. */
    .section .rodata
    .globl snapq_page_before_data, snapq_page_before_data_end
    .globl snapq_page_after_data, snapq_page_after_data_end
snapq_page_before_data:
    .incbin SNAPQ_PAGE_BEFORE_DATA
snapq_page_before_data_end:
snapq_page_after_data:
    .incbin SNAPQ_PAGE_AFTER_DATA
snapq_page_after_data_end:
    .section .note.GNU-stack, "", %progbits
