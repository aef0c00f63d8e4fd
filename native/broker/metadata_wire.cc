#include "native/broker/metadata_wire.h"

namespace cryptobroker {
namespace {

void read_trace_context(WireReader reader, TraceContext& trace) {
  while (reader.next()) {
    switch (reader.tag()) {
      case delimited_tag(1):
        reader.text(trace.trace_id);
        break;
      case delimited_tag(2):
        reader.text(trace.span_id);
        break;
      case delimited_tag(3):
        reader.text(trace.trace_flags);
        break;
      case delimited_tag(4):
        reader.text(trace.trace_state);
        break;
      case delimited_tag(5):
        reader.text(trace.correlation_id);
        break;
      default:
        break;
    }
  }
}

std::size_t trace_context_size(const TraceContext& trace) {
  return text_size(1, trace.trace_id) + text_size(2, trace.span_id) +
         text_size(3, trace.trace_flags) + text_size(4, trace.trace_state) +
         text_size(5, trace.correlation_id);
}

void write_trace_context(WireWriter& writer, std::uint32_t field, const TraceContext& trace) {
  writer.begin(field, trace_context_size(trace));
  writer.text(1, trace.trace_id);
  writer.text(2, trace.span_id);
  writer.text(3, trace.trace_flags);
  writer.text(4, trace.trace_state);
  writer.text(5, trace.correlation_id);
}

}  // namespace

void read_metadata(WireReader& reader, std::optional<RequestMetadata>& metadata) {
  RequestMetadata& fresh = metadata.emplace();
  WireReader inner = reader.message();
  while (inner.next()) {
    switch (inner.tag()) {
      case delimited_tag(1):
        inner.text(fresh.id);
        break;
      case delimited_tag(3):
        read_trace_context(inner.message(), fresh.trace_context.emplace());
        break;
      default:
        break;
    }
  }
}

std::size_t MetadataEcho::content_size() const {
  std::size_t size = 0;
  if (request_) {
    size += text_size(1, request_->id);
  }
  if (deprecation_) {
    size += delimited_size(2, deprecation_->size());
  }
  if (request_ && request_->trace_context) {
    size += delimited_size(3, trace_context_size(*request_->trace_context));
  }
  return size;
}

std::size_t MetadataEcho::size(std::uint32_t field) const {
  return absent() ? 0 : delimited_size(field, content_size());
}

void MetadataEcho::write(WireWriter& writer, std::uint32_t field) const {
  if (absent()) {
    return;
  }
  writer.begin(field, content_size());
  if (request_) {
    writer.text(1, request_->id);
  }
  if (deprecation_) {
    writer.bytes(2, *deprecation_);
  }
  if (request_ && request_->trace_context) {
    write_trace_context(writer, 3, *request_->trace_context);
  }
}

}  // namespace cryptobroker
