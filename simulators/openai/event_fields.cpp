#include "simulators/openai/event_fields.hpp"

#include <array>

// What the service takes, as tables (openai-realtime.md, 3 and 4).
namespace simulators::openai {
namespace {

using Type = Field::Type;
using Texts = std::span<const std::string_view>;
template <std::size_t N>
using Names = std::array<std::string_view, N>;

constexpr Field text(std::string_view name, double longest = 0) {
  return {.name = name, .type = Type::text, .highest = longest};
}
constexpr Field boolean(std::string_view name) {
  return {.name = name, .type = Type::boolean};
}
constexpr Field number(std::string_view name, double lowest, double highest) {
  return {.name = name, .type = Type::number, .lowest = lowest, .highest = highest};
}
constexpr Field integer(std::string_view name, double lowest, double highest) {
  return {.name = name, .type = Type::integer, .lowest = lowest, .highest = highest};
}
constexpr Field choice(std::string_view name, Texts choices) {
  return {.name = name, .type = Type::choice, .choices = choices};
}
constexpr Field list(std::string_view name, const Field& element) {
  return {.name = name, .type = Type::list, .element = &element};
}
constexpr Field object(std::string_view name, std::span<const Field> fields) {
  return {.name = name, .type = Type::object, .fields = fields};
}
constexpr Field one_of(std::string_view name, const Union& kinds) {
  return {.name = name, .type = Type::one_of, .kinds = &kinds};
}
constexpr Field of_type(std::string_view name, Type type) {
  return {.name = name, .type = type};
}

// ---- the session ---------------------------------------------------------------------------------

constexpr Names<10> kVoices = {"alloy", "ash",     "ballad", "coral", "echo",
                               "sage",  "shimmer", "verse",  "marin", "cedar"};
constexpr Names<8> kTranscribers = {"whisper-1",
                                    "gpt-4o-transcribe",
                                    "gpt-4o-mini-transcribe",
                                    "gpt-4o-mini-transcribe-2025-12-15",
                                    "gpt-4o-transcribe-diarize",
                                    "gpt-transcribe",
                                    "gpt-live-transcribe",
                                    "gpt-realtime-whisper"};
constexpr Names<2> kCallers = {"direct", "programmatic"};
constexpr Names<3> kServerPlaces = {"server_url", "connector_id", "tunnel_id"};
constexpr Names<2> kImages = {"data:", "https://"};
constexpr Names<2> kNoise = {"near_field", "far_field"};
constexpr Names<4> kEagerness = {"low", "medium", "high", "auto"};
constexpr Names<5> kEfforts = {"minimal", "low", "medium", "high", "xhigh"};
constexpr Names<5> kDelays = {"minimal", "low", "medium", "high", "xhigh"};
constexpr Names<2> kApprovals = {"always", "never"};
constexpr Names<3> kToolChoices = {"none", "auto", "required"};
constexpr Names<2> kTruncations = {"auto", "disabled"};
constexpr Names<1> kAuto = {"auto"};
constexpr Names<1> kIncludable = {"item.input_audio_transcription.logprobs"};
constexpr Names<2> kModalities = {R"(["text"])", R"(["audio"])"};

constexpr Field kText = text("");
constexpr Field kCaller = choice("", kCallers);
constexpr Field kIncluded = choice("", kIncludable);

constexpr std::array kPcm = {integer("rate", 24'000, 24'000)};
constexpr std::array kFormatKinds = {Kind{"audio/pcm", kPcm}, Kind{"audio/pcmu"}, Kind{"audio/pcma"}};
constexpr Union kFormats = {"type", kFormatKinds};

template <Transcribers kAs>
constexpr Field kTranscriber = kAs == Transcribers::deployments ? text("model")
                                                                : choice("model", kTranscribers);
template <Transcribers kAs>
constexpr std::array kTranscription = {
    kTranscriber<kAs>,        text("language").or_null(),        text("prompt").or_null(),
    list("languages", kText), list("keywords", kText).or_null(), choice("delay", kDelays).or_null(),
};
constexpr std::array kNoiseReduction = {choice("type", kNoise).needed()};
constexpr std::array kServerVad = {
    number("threshold", 0, 1),
    integer("prefix_padding_ms", 0, 60'000),
    integer("silence_duration_ms", 0, 60'000),
    integer("idle_timeout_ms", 5'000, 30'000).or_null(),
    boolean("create_response"),
    boolean("interrupt_response"),
};
constexpr std::array kSemanticVad = {
    choice("eagerness", kEagerness),
    boolean("create_response"),
    boolean("interrupt_response"),
};
constexpr std::array kDetectorKinds = {Kind{"server_vad", kServerVad}, Kind{"semantic_vad", kSemanticVad}};
constexpr Union kDetectors = {"type", kDetectorKinds};

template <Transcribers kAs>
constexpr std::array kInput = {
    one_of("format", kFormats),
    object("transcription", kTranscription<kAs>).or_null(),
    object("noise_reduction", kNoiseReduction).or_null(),
    one_of("turn_detection", kDetectors).or_null(),
};
constexpr std::array kVoiceId = {text("id").needed()};
constexpr std::array kOutput = {
    one_of("format", kFormats),
    object("voice", kVoiceId).or_text(kVoices),
    number("speed", 0.25, 1.5),
};
template <Transcribers kAs>
constexpr std::array kAudio = {object("input", kInput<kAs>), object("output", kOutput)};

constexpr std::array kFunction = {text("name").needed(), text("description").or_null(),
                                  of_type("parameters", Type::record).or_null()};
constexpr std::array kToolFilter = {list("tool_names", kText), boolean("read_only")};
constexpr std::array kApprovalFilter = {object("always", kToolFilter), object("never", kToolFilter)};
constexpr std::array kMcp = {
    text("server_label").needed(),
    text("server_url"),
    text("connector_id"),
    text("tunnel_id"),
    text("authorization"),
    text("server_description"),
    of_type("headers", Type::map).or_null(),
    object("allowed_tools", kToolFilter).or_list(kText).or_null(),
    object("require_approval", kApprovalFilter).or_text(kApprovals).or_null(),
    boolean("defer_loading"),
    list("allowed_callers", kCaller).or_null(),
};
constexpr std::array kToolKinds = {Kind{"function", kFunction}, Kind{"mcp", kMcp, nullptr, kServerPlaces}};
constexpr Union kTools = {"type", kToolKinds};
constexpr Field kTool = one_of("", kTools);

constexpr std::array kChosenFunction = {text("name").needed()};
constexpr std::array kChosenMcp = {text("server_label").needed(), text("name").or_null()};
constexpr std::array kChosenKinds = {Kind{"function", kChosenFunction}, Kind{"mcp", kChosenMcp}};
constexpr Union kChosen = {"type", kChosenKinds};

constexpr std::array kReasoning = {choice("effort", kEfforts)};
constexpr std::array kTokenLimits = {integer("post_instructions", 0, 1e9)};
constexpr std::array kRetention = {number("retention_ratio", 0, 1).needed(),
                                   object("token_limits", kTokenLimits).or_null()};
constexpr std::array kTruncationKinds = {Kind{"retention_ratio", kRetention}};
constexpr Union kTruncation = {"type", kTruncationKinds};
constexpr std::array kTracing = {text("workflow_name"), text("group_id"), of_type("metadata", Type::record)};
constexpr std::array kPrompt = {text("id").needed(), text("version").or_null(),
                                of_type("variables", Type::record).or_null()};

constexpr Names<2> kSessionTypes = {"realtime", "transcription"};
template <Transcribers kAs>
constexpr std::array kSession = {
    choice("type", kSessionTypes).needed(),
    text("model"),
    Field{.name = "output_modalities", .type = Type::modalities, .choices = kModalities},
    text("instructions"),
    object("audio", kAudio<kAs>),
    list("tools", kTool).or_null(),
    one_of("tool_choice", kChosen).or_text(kToolChoices).or_null(),
    boolean("parallel_tool_calls").or_null(),
    object("reasoning", kReasoning).or_null(),
    of_type("max_output_tokens", Type::tokens).or_null(),
    one_of("truncation", kTruncation).or_text(kTruncations).or_null(),
    list("include", kIncluded).or_null(),
    object("tracing", kTracing).or_text(kAuto).or_null(),
    object("prompt", kPrompt).or_null(),
};
template <Transcribers kAs>
constexpr std::array kTranscribedAudio = {object("input", kInput<kAs>)};
template <Transcribers kAs>
constexpr std::array kTranscriptionSession = {
    choice("type", kSessionTypes).needed(),
    object("audio", kTranscribedAudio<kAs>),
    list("include", kIncluded).or_null(),
};

// ---- items ---------------------------------------------------------------------------------------

constexpr Names<3> kStatuses = {"completed", "incomplete", "in_progress"};
constexpr Names<1> kItemObject = {"realtime.item"};
constexpr Names<3> kDetails = {"auto", "low", "high"};

constexpr std::array kInputText = {text("text").needed()};
constexpr std::array kInputAudio = {of_type("audio", Type::base64).needed(), text("transcript").or_null()};
constexpr std::array kInputImage = {
    Field{.name = "image_url", .type = Type::url, .choices = kImages}.needed(), choice("detail", kDetails)};
constexpr std::array kUserPartKinds = {Kind{"input_text", kInputText}, Kind{"input_audio", kInputAudio},
                                       Kind{"input_image", kInputImage}};
constexpr std::array kSystemPartKinds = {Kind{"input_text", kInputText}};
constexpr std::array kAssistantPartKinds = {Kind{"output_text", kInputText}};
constexpr Union kUserParts = {"type", kUserPartKinds};
constexpr Union kSystemParts = {"type", kSystemPartKinds};
constexpr Union kAssistantParts = {"type", kAssistantPartKinds};
constexpr Field kUserPart = one_of("", kUserParts);
constexpr Field kSystemPart = one_of("", kSystemParts);
constexpr Field kAssistantPart = one_of("", kAssistantParts);
constexpr std::array kUserMessage = {list("content", kUserPart).needed()};
constexpr std::array kSystemMessage = {list("content", kSystemPart).needed()};
constexpr std::array kAssistantMessage = {list("content", kAssistantPart).needed()};
constexpr std::array kRoleKinds = {Kind{"system", kSystemMessage}, Kind{"user", kUserMessage},
                                   Kind{"assistant", kAssistantMessage}};
constexpr Union kRoles = {"role", kRoleKinds};

constexpr Field kItemId = Field{.name = "id", .type = Type::text, .nullable = true, .lowest = 1};
constexpr std::array kMessage = {kItemId, choice("object", kItemObject), choice("status", kStatuses)};
constexpr std::array kFunctionCall = {kItemId,
                                      choice("object", kItemObject),
                                      choice("status", kStatuses),
                                      text("name").needed(),
                                      text("arguments").needed(),
                                      text("call_id")};
constexpr std::array kFunctionCallOutput = {kItemId, choice("object", kItemObject),
                                            choice("status", kStatuses), text("call_id").needed(),
                                            text("output").needed()};
constexpr std::array kApproval = {kItemId, text("approval_request_id").needed(), boolean("approve").needed(),
                                  text("reason").or_null()};
constexpr std::array kReference = {text("id").needed()};
constexpr std::array kItemKinds = {Kind{"message", kMessage, &kRoles}, Kind{"function_call", kFunctionCall},
                                   Kind{"function_call_output", kFunctionCallOutput},
                                   Kind{"mcp_approval_response", kApproval}};
constexpr std::array kInputItemKinds = {
    Kind{"message", kMessage, &kRoles}, Kind{"function_call", kFunctionCall},
    Kind{"function_call_output", kFunctionCallOutput}, Kind{"mcp_approval_response", kApproval},
    Kind{"item_reference", kReference}};
constexpr Union kItems = {"type", kItemKinds};
constexpr Union kInputItems = {"type", kInputItemKinds};
constexpr Field kInputItem = one_of("", kInputItems);

// ---- responses -----------------------------------------------------------------------------------

constexpr Names<2> kConversations = {"auto", "none"};
constexpr std::array kSpoken = {one_of("format", kFormats), object("voice", kVoiceId).or_text(kVoices)};
constexpr std::array kResponseAudio = {object("output", kSpoken)};
constexpr std::array kResponse = {
    Field{.name = "output_modalities", .type = Type::modalities, .choices = kModalities},
    text("instructions").or_null(),
    object("audio", kResponseAudio),
    list("tools", kTool).or_null(),
    one_of("tool_choice", kChosen).or_text(kToolChoices).or_null(),
    boolean("parallel_tool_calls").or_null(),
    object("reasoning", kReasoning).or_null(),
    of_type("max_output_tokens", Type::tokens).or_null(),
    choice("conversation", kConversations),
    of_type("metadata", Type::map).or_null(),
    object("prompt", kPrompt).or_null(),
    list("input", kInputItem).or_null(),
};

// ---- events --------------------------------------------------------------------------------------

constexpr Field kEventId = text("event_id", 512).or_null();
constexpr std::array kBare = {kEventId};
constexpr std::array kUpdate = {kEventId, of_type("session", Type::any).needed()};
constexpr std::array kAppend = {kEventId, text("audio").needed()};
constexpr std::array kCreateItem = {kEventId, text("previous_item_id").or_null(),
                                    one_of("item", kItems).needed()};
constexpr std::array kOneItem = {kEventId, text("item_id").needed()};
constexpr std::array kTruncate = {kEventId, text("item_id").needed(), integer("content_index", 0, 0).needed(),
                                  integer("audio_end_ms", 0, 1e12).needed()};
constexpr std::array kCreateResponse = {kEventId, of_type("response", Type::any).or_null()};
constexpr std::array kCancel = {kEventId, text("response_id").or_null()};

struct Event {
  std::string_view type;
  std::span<const Field> fields;
};
constexpr std::array kEvents = {
    Event{"session.update", kUpdate},
    Event{"session.close", kBare},
    Event{"input_audio_buffer.append", kAppend},
    Event{"input_audio_buffer.commit", kBare},
    Event{"input_audio_buffer.clear", kBare},
    Event{"conversation.item.create", kCreateItem},
    Event{"conversation.item.retrieve", kOneItem},
    Event{"conversation.item.delete", kOneItem},
    Event{"conversation.item.truncate", kTruncate},
    Event{"response.create", kCreateResponse},
    Event{"response.cancel", kCancel},
};

// ---- beta ----------------------------------------------------------------------------------------

constexpr Names<3> kBetaModalities = {R"(["text"])", R"(["audio","text"])", R"(["text","audio"])"};
constexpr Names<3> kBetaFormats = {"pcm16", "g711_ulaw", "g711_alaw"};
constexpr std::array kBetaServerVad = {
    number("threshold", 0, 1),
    integer("prefix_padding_ms", 0, 60'000),
    integer("silence_duration_ms", 0, 60'000),
    boolean("create_response"),
    boolean("interrupt_response"),
};
constexpr std::array kBetaDetectorKinds = {Kind{"server_vad", kBetaServerVad},
                                           Kind{"semantic_vad", kSemanticVad}};
constexpr Union kBetaDetectors = {"type", kBetaDetectorKinds};
template <Transcribers kAs>
constexpr std::array kBetaSession = {
    text("model"),
    Field{.name = "modalities", .type = Type::modalities, .choices = kBetaModalities},
    text("instructions"),
    choice("voice", kVoices),
    choice("input_audio_format", kBetaFormats),
    choice("output_audio_format", kBetaFormats),
    object("input_audio_transcription", kTranscription<kAs>).or_null(),
    object("input_audio_noise_reduction", kNoiseReduction).or_null(),
    one_of("turn_detection", kBetaDetectors).or_null(),
    list("tools", kTool).or_null(),
    one_of("tool_choice", kChosen).or_text(kToolChoices).or_null(),
    number("temperature", 0.6, 1.2),
    of_type("max_response_output_tokens", Type::tokens).or_null(),
    number("speed", 0.25, 1.5),
    list("include", kIncluded).or_null(),
    object("tracing", kTracing).or_text(kAuto).or_null(),
    of_type("client_secret", Type::record).or_null(),
};
constexpr std::array kBetaTranscriptionSession = {
    choice("input_audio_format", kBetaFormats),
    object("input_audio_transcription", kTranscription<Transcribers::deployments>).or_null(),
    object("input_audio_noise_reduction", kNoiseReduction).or_null(),
    one_of("turn_detection", kBetaDetectors).or_null(),
    list("include", kIncluded).or_null(),
    of_type("client_secret", Type::record).or_null(),
};
constexpr std::array kBetaResponse = {
    Field{.name = "modalities", .type = Type::modalities, .choices = kBetaModalities},
    text("instructions").or_null(),
    choice("voice", kVoices),
    choice("output_audio_format", kBetaFormats),
    list("tools", kTool).or_null(),
    one_of("tool_choice", kChosen).or_text(kToolChoices).or_null(),
    number("temperature", 0.6, 1.2),
    of_type("max_output_tokens", Type::tokens).or_null(),
    of_type("max_response_output_tokens", Type::tokens).or_null(),
    choice("conversation", kConversations),
    of_type("metadata", Type::map).or_null(),
    of_type("input", Type::any),  // looked at once its items have GA's names
};

}  // namespace

std::optional<std::span<const Field>> client_event_fields(std::string_view type) {
  for (const Event& event : kEvents) {
    if (event.type == type) return event.fields;
  }
  return std::nullopt;
}

std::span<const Field> session_fields(Transcribers as) {
  if (as == Transcribers::deployments) return kSession<Transcribers::deployments>;
  return kSession<Transcribers::models>;
}
std::span<const Field> transcription_session_fields(Transcribers as) {
  if (as == Transcribers::deployments) return kTranscriptionSession<Transcribers::deployments>;
  return kTranscriptionSession<Transcribers::models>;
}
std::span<const Field> beta_session_fields(Transcribers as) {
  if (as == Transcribers::deployments) return kBetaSession<Transcribers::deployments>;
  return kBetaSession<Transcribers::models>;
}
std::span<const Field> beta_transcription_session_fields() {
  return kBetaTranscriptionSession;
}
std::span<const Field> response_fields() {
  return kResponse;
}
std::span<const Field> beta_response_fields() {
  return kBetaResponse;
}

}  // namespace simulators::openai
