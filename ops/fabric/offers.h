// Loops that read a stream as far as there is room while they work on what has come.
#ifndef SAPM_OFFERS_H_
#define SAPM_OFFERS_H_

#include "hls_stream.h"

namespace sapm {

// Whether to read the stream in this cycle, of a loop that is `idle` until something comes. Hardware never waits for it:
// a pipeline that stands still would hold back the results in it. C simulation, where a stream that is empty stays so or is
// filled by another thread, does.
template <class beat_T> bool offers(hls::stream<beat_T> &x, bool idle) {
    #pragma HLS INLINE
#ifdef __SYNTHESIS__
    return !x.empty();
#else
    return idle || !x.empty();
#endif
}

} // namespace sapm

#endif
