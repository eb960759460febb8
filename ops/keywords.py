"""Words that generated code may not use as names: keywords of its languages, and names that they or we have taken."""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


VERILOG = _words(
    """
    accept_on alias always always_comb always_ff always_latch and assert assign assume automatic before begin bind
    bins binsof bit break buf bufif0 bufif1 byte case casex casez cell chandle checker class clocking cmos config
    const constraint context continue cover covergroup coverpoint cross deassign default defparam design disable
    dist do edge else end endcase endchecker endclass endclocking endconfig endfunction endgenerate endgroup
    endinterface endmodule endpackage endprimitive endprogram endproperty endsequence endspecify endtable endtask
    enum event eventually expect export extends extern final first_match for force foreach forever fork forkjoin
    function generate genvar global highz0 highz1 if iff ifnone ignore_bins illegal_bins implements implies import
    incdir include initial inout input inside instance int integer interconnect interface intersect join join_any
    join_none large let liblist library local localparam logic longint macromodule matches medium modport module
    nand negedge nettype new nexttime nmos nor noshowcancelled not notif0 notif1 null or output package packed
    parameter pmos posedge primitive priority program property protected pull0 pull1 pulldown pullup
    pulsestyle_ondetect pulsestyle_onevent pure rand randc randcase randsequence rcmos real realtime ref reg
    reject_on release repeat restrict return rnmos rpmos rtran rtranif0 rtranif1 s_always s_eventually s_nexttime
    s_until s_until_with scalared sequence shortint shortreal showcancelled signed small soft solve specify
    specparam static string strong strong0 strong1 struct super supply0 supply1 sync_accept_on sync_reject_on table
    tagged task this throughout time timeprecision timeunit tran tranif0 tranif1 tri tri0 tri1 triand trior trireg
    type typedef union unique unique0 unsigned until until_with untyped use uwire var vectored virtual void wait
    wait_order wand weak weak0 weak1 while wildcard wire with within wor xnor xor
    """
)
"""SystemVerilog (IEEE 1800-2017), which has those of Verilog."""

CPP = _words(
    """
    alignas alignof and and_eq asm atomic_cancel atomic_commit atomic_noexcept auto bitand bitor bool break case
    catch char char16_t char32_t char8_t class co_await co_return co_yield compl concept const const_cast consteval
    constexpr constinit continue decltype default delete do double dynamic_cast else enum explicit export extern
    false final float for friend goto if import inline int long module mutable namespace new noexcept not not_eq
    nullptr operator or or_eq override private protected public reflexpr register reinterpret_cast requires restrict
    return short signed sizeof static static_assert static_cast struct switch synchronized template this
    thread_local throw true try typedef typeid typename union unsigned using virtual void volatile wchar_t while xor
    xor_eq
    """
)
"""C++ (2023), which has those of C that begin with a letter."""

TCL = _words(
    """
    after append apply array auto_execok auto_import auto_load auto_qualify binary break catch cd chan clock close
    concat continue coroutine dict encoding eof error eval exec exit expr fblocked fconfigure fcopy file fileevent
    flush for foreach format gets glob global history if incr info interp join lappend lassign lindex linsert list
    llength lmap load lrange lrepeat lreplace lreverse lsearch lset lsort namespace open package pid proc puts pwd
    read refchan regexp regsub rename return scan seek set socket source split string subst switch tailcall tell
    throw time trace try unknown unload unset update uplevel upvar variable vwait while yield yieldto zlib
    """
)
"""Commands of Tcl 8.6."""

TAKEN = _words(
    """
    assert board errno hls main nnet sapm std stderr stdin stdout transform_harness
    """
)
"""Modules, namespaces, functions and macros that lie beside generated code."""

PARTS = _words(
    """
    bias channel data eof eol fifo fork lanes order ready slice stream tap terms top u unused valid weight
    window windows
    """
)
"""Words that generated code joins to a name; `in`, `fork`, `lanes` and `wide` also with a number."""
