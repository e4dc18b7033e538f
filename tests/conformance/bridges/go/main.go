// A voice bridge in Go: Twilio Media Streams on one side, the OpenAI Realtime API on the other
// (gorilla/websocket).
package main

import (
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

type object = map[string]any

var (
	port      = os.Getenv("PORT")
	openaiURL = os.Getenv("OPENAI_URL")
	upgrader  = websocket.Upgrader{}
	pcmu      = object{"type": "audio/pcmu"}
	session   = object{
		"type":         "realtime",
		"instructions": "Be brief.",
		"audio": object{
			"input":  object{"format": pcmu, "turn_detection": object{"type": "server_vad"}},
			"output": object{"format": pcmu},
		},
	}
)

const twiml = `<?xml version="1.0" encoding="UTF-8"?>
<Response><Connect><Stream url="ws://127.0.0.1:%s/media"/></Connect></Response>`

// A message of either side; fields that a message does not have stay empty.
type message struct {
	Event string
	Start struct{ StreamSid string }
	Media struct{ Payload string }
	Mark  struct{ Name string }

	Type   string
	Delta  string
	ItemID string `json:"item_id"`
	Error  struct{ Message string }
}

// One call: two goroutines read, and a lock keeps their writes and what they know apart.
type call struct {
	caller, model *websocket.Conn
	mutex         sync.Mutex
	streamSid     string
	playing       string    // the item whose audio the caller may still be hearing
	startedAt     time.Time // when its first audio was sent
}

func (c *call) tell(m object) {
	m["streamSid"] = c.streamSid
	c.caller.WriteJSON(m)
}

func (c *call) fromCaller(m message) {
	switch m.Event {
	case "start":
		c.streamSid = m.Start.StreamSid
	case "media":
		c.model.WriteJSON(object{"type": "input_audio_buffer.append", "audio": m.Media.Payload})
	case "mark":
		if m.Mark.Name == c.playing {
			c.playing = "" // all of it has been played: nothing is left to interrupt
		}
	}
}

func (c *call) fromModel(m message) {
	switch m.Type {
	case "response.output_audio.delta":
		if c.playing != m.ItemID {
			c.playing, c.startedAt = m.ItemID, time.Now()
		}
		c.tell(object{"event": "media", "media": object{"payload": m.Delta}})
	case "response.output_audio.done":
		c.tell(object{"event": "mark", "mark": object{"name": m.ItemID}})
	case "input_audio_buffer.speech_started":
		if c.playing == "" {
			return
		}
		// Barge-in: what Twilio has queued is dropped, and the model is told how much was heard.
		c.tell(object{"event": "clear"})
		c.model.WriteJSON(object{"type": "conversation.item.truncate", "item_id": c.playing,
			"content_index": 0, "audio_end_ms": time.Since(c.startedAt).Milliseconds()})
		c.playing = ""
	case "error":
		log.Print("openai: ", m.Error.Message)
	}
}

// read hands each message of `from` to `take`, one at a time for the whole call, then ends the other side.
func (c *call) read(from, other *websocket.Conn, take func(message)) {
	for {
		var m message
		if from.ReadJSON(&m) != nil {
			break
		}
		c.mutex.Lock()
		take(m)
		c.mutex.Unlock()
	}
	goodbye := websocket.FormatCloseMessage(websocket.CloseNormalClosure, "")
	other.WriteControl(websocket.CloseMessage, goodbye, time.Now().Add(time.Second))
}

func media(w http.ResponseWriter, r *http.Request) {
	caller, err := upgrader.Upgrade(w, r, nil)
	if err != nil {
		return
	}
	defer caller.Close()
	key := http.Header{"Authorization": {"Bearer " + os.Getenv("OPENAI_API_KEY")}}
	model, _, err := websocket.DefaultDialer.Dial(openaiURL, key)
	if err != nil {
		log.Print("openai: ", err)
		return
	}
	defer model.Close()
	c := &call{caller: caller, model: model}
	model.WriteJSON(object{"type": "session.update", "session": session})
	done := make(chan struct{})
	go func() {
		c.read(model, caller, c.fromModel)
		close(done)
	}()
	c.read(caller, model, c.fromCaller)
	<-done
}

func main() {
	http.HandleFunc("/voice", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/xml")
		fmt.Fprintf(w, twiml, port)
	})
	http.HandleFunc("/media", media)
	listener, err := net.Listen("tcp", "127.0.0.1:"+port)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("ready")
	log.Fatal(http.Serve(listener, nil))
}
