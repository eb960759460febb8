// The FIFOs of an HLS compiler, for tests that compile what it sees: on the host a queue, and for a look at LLVM's IR
// (SAPM_OPAQUE_STREAMS) functions that are only declared, so that FIFO operations are the only calls.
#ifndef HLS_STREAM_H_
#define HLS_STREAM_H_

#ifdef SAPM_OPAQUE_STREAMS

namespace hls {
template <class beat_T> class stream {
  public:
    explicit stream(const char *) {}
    beat_T read();
    void write(const beat_T &beat);
    bool empty();
};
} // namespace hls

#else

#include <cstdlib>
#include <deque>

namespace hls {
template <class beat_T> class stream {
  public:
    stream() {}
    explicit stream(const char *) {}
    beat_T read() {
        if (beats_.empty())
            std::abort(); // hardware would wait for ever
        const beat_T beat = beats_.front();
        beats_.pop_front();
        return beat;
    }
    void write(const beat_T &beat) { beats_.push_back(beat); }
    bool empty() const { return beats_.empty(); }

  private:
    std::deque<beat_T> beats_;
};
} // namespace hls

#endif

#endif
