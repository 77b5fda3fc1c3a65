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
    // Web sessions and session rows
    ',"userId":"createdAt":"lastActiveAt":"cookie":{"originalMaxAge":86400000,"expires":"2026-12-01T00:00:00.000Z",',
    '"secure":true,"httpOnly":true,"sameSite":"lax","path":"/"}{"g":"","c":1795,"a":1795,"u":"user","m":{},"n":[1,1]}',
    // Checkpoints and what accompanies them
    '"__interrupt__","__error__","__resume__","__pregel_tasks","__no_writes__","source":"update","source":"fork",',
    '{"$":"date","v":"{"$":"map","v":[["{"$":"undefined"}{"o":40,"z":"1f1',
    '"__start__",{"v":{"messages":[{"$":"message","v":{"role":"user","parts":[{"type":"text","content":"',
    '","p":"1f1","h":{"v":4,"ts":"2026-11-20T16:10:42.058Z","cv":{"__start__":1,"messages":3,"branch:to:agent":2,',
    '"branch:to:tools":5},"vs":{"__input__":{},"__start__":{"__start__":1},"agent":{"branch:to:agent":4},"tools":{',
    '"branch:to:tools":2}},"md":{"source":"input","step":-1,"source":"loop","step":1,"parents":{}}},"c":["messages",{"h":["',
    '",0,"branch:to:tools",{"v":"agent"}]}",0,"branch:to:agent",{"v":null}]",1,"branch:to:agent",null,{"v":null}]',
    '{"i":"1f1["",0,"messages",null,{"h":["',
    // Messages, the commonest of all
    '{"role":"system","parts":[{"type":"text","content":"You are a helpful assistant',
    '{"type":"reasoning","content":"The user is asking"},{"type":"uri","modality":"image","mime_type":"image/png","uri":"',
    '"type":"blob","type":"file","file_id":"createdAt":"finish_reason":"stop"},"metadata":{"',
    '"arguments":{"query":"},"id":"call_"}],"id":"chatcmpl-","native":{"format":"langchain/1","data":{"calls":"inat",',
    '"fields":{"response_metadata":{"finish_reason":"tool_calls","usage":{"input_tokens":1,"output_tokens":',
    ',"total_tokens":}},"usage_metadata":{"keys":"ictrva"}}}',
    '{"role":"tool","parts":[{"type":"tool_call_response","id":"call_","response":"{\\"',
    '"}],"id":"","name":"","native":{"format":"langchain/1","data":{"keys":"idncar"}}}',
    '{"role":"assistant","parts":[{"type":"tool_call","name":"',
    '{"role":"assistant","parts":[{"type":"text","content":"I\'ll ',
    '"}],"id":"","native":{"format":"langchain/1","data":{"keys":"icar"}}}',
    '{"role":"user","parts":[{"type":"text","content":"',
  ].join(''),
)
