/**
 * The preset dictionary of small values, version 1: text of the kind that rows hold, written for this purpose.
 * Deflate finds what is near its end cheapest, so the commonest stands last. Never change it: values refer to it
 * by its version. A better one is another file and another version.
 */
export const DICTIONARY_1: Uint8Array = Buffer.from(
  [
    // English, from function words to what people and agents say to each other
    ' the of and to in is that it for was on are as with his they at be this from have or by one had not but what all',
    ' were when we there can an your which their said if do will each about how up out them then she many some so these',
    ' would other into has more her two like him see time could no make than first been its who now people my made over',
    ' did down only way find use may water long little very after words called just where most know get through back',
    ' much before go good new write our used me man too any day same right look think also around another came come',
    ' work three word must because does part even place well such here take why things help put years different away',
    ' again off went old number great tell men say small every found still between name should home give air line',
    ' I am I have I will I would I need I want I can you are you can you have you want you could please thank you',
    ' Thank you for your patience. Is there anything else I can help you with? Could you please provide your',
    ' Please let me know if you would like to proceed. I apologize for the inconvenience. You are welcome!',
    ' However, it is not possible to the following information: based on the results, it looks like the',
    ' Here is a summary of what I found: Let me check that for you. Yes, No, Sure, Great! Note that ',
    ' The file contains the error message. In order to do this, we need to make sure that the value is',
    ' updated successfully. created deleted available customer account number address payment method total',
    ' amount order order_id user_id email phone date of birth first_name last_name credit card certificate',
    ' function return const import export from async await class type string number boolean null undefined',
    ' error: command not found. No such file or directory. exit code 0 warning failed success result results',
    ' January February March April May June July August September October November December Monday Tuesday',
    ' Wednesday Thursday Friday Saturday Sunday https://www.example.com/ http://localhost: .html .json .ts .js .py .md',
    // JSON of tool calls and results
    '{"status":"success","data":{"items":[{"id":"name":"title":"description":"value":"price":"quantity":"date":"time":',
    '"url":"https://"path":"/src/"file":"content":"text":"query":"limit":10,"offset":0,"total":"count":"page":1,"size":',
    '"created_at":"2026-01-01T00:00:00.000Z","updated_at":"2025-12-31T23:59:59.000Z","timestamp":"error":"message":"',
    '"code":"success":true,"enabled":false,"results":[],"list":[{"properties":{"required":["additionalProperties":false}',
    // What frameworks keep beside a message
    '"response_metadata":{"model_name":"gpt-4o-mini","finish_reason":"stop","model":"claude-sonnet-4-5","usage":{',
    '"prompt_tokens":"completion_tokens":"total_tokens":"input_tokens":1"output_tokens":2"cache_read_input_tokens":0,',
    '"cache_creation_input_tokens":0,"input_token_details":{"cache_read":0},"output_token_details":{"reasoning":0}},',
    '"stop_reason":"end_turn","stop_sequence":null,"system_fingerprint":"logprobs":null,"refusal":null,"annotations":[]',
    '"invalid_tool_calls":[],"additional_kwargs":{},"usage_metadata":{"input_tokens":"artifact":"tool_call_chunks":[]',
    '{"lc":1,"type":"constructor","id":["langchain_core","messages","HumanMessage"],"kwargs":{"content":"AIMessage',
    'ToolMessage SystemMessage AIMessageChunk "providerMetadata":{"openai":{"itemId":"anthropic":{"signature":"',
    '"state":"output-available","input":{"output":{"toolCallId":"call_"type":"tool-"step-start"},"dynamic-tool"',
    // Checkpoints and what accompanies them
    '{"i":"1f0","p":"1f0","h":{"v":4,"ts":"2026-11-20T","channel_values":{},"channel_versions":{"__start__":',
    '"versions_seen":{"__input__":{},"__start__":{"__start__":1},"agent":{"branch:to:agent":2},"tools":{"branch:to:tools":',
    '"pending_sends":[],"metadata":{"source":"loop","step":1,"writes":null,"parents":{},"thread_id":"run_id":"source":"input"',
    '"source":"update","source":"fork","__interrupt__","__error__","__resume__","__pregel_tasks","__no_writes__",',
    '{"$":"date","v":"{"$":"map","v":[["$":"undefined"}"c":["messages",{"h":["{"v":["{"l":["branch:to:',
    ',"userId":"createdAt":"lastActiveAt":"metadata":{"expires":null,"httpOnly":true,"originalMaxAge":86400000,"path":"/"}',
    // Messages, the commonest of all
    '{"id":"createdAt":"role":"system","parts":[{"type":"text","content":"You are a helpful assistant',
    '{"role":"tool","parts":[{"type":"tool_call_response","id":"call_","response":"{\\"name\\":\\"","result":',
    '{"type":"reasoning","content":"The user is asking"},{"type":"uri","modality":"image","mime_type":"image/png","uri":"',
    '"type":"blob","type":"file","file_id":"native":{"name":"finish_reason":"stop"},"metadata":{"',
    '{"role":"assistant","parts":[{"type":"tool_call","id":"call_","name":"","arguments":{"',
    '{"role":"assistant","parts":[{"type":"text","content":"I\'ll ","finish_reason":"tool_calls"',
    '"}]}\n{"id":"","role":"user","parts":[{"type":"text","content":"',
  ].join(''),
)
