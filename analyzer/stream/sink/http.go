package sink

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/dataelab/dataelab-go/analyzer/stream"
)

// post sends a body, and returns the status and the beginning of the answer.
func post(ctx context.Context, client *http.Client, url string, header http.Header, body []byte) (status int, answer []byte, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	request.Header = header
	if client == nil {
		client = http.DefaultClient
	}
	response, err := client.Do(request)
	if err != nil {
		return 0, nil, err
	}
	defer response.Body.Close()
	answer, err = io.ReadAll(io.LimitReader(response.Body, 1<<20))
	return response.StatusCode, answer, err
}

// said is an answer in an error.
func said(status int, answer []byte) string {
	text := strings.TrimSpace(string(answer))
	if len(text) > 300 {
		text = text[:300] + "…"
	}
	if text == "" {
		return fmt.Sprintf("%d %s", status, http.StatusText(status))
	}
	return fmt.Sprintf("%d %s: %s", status, http.StatusText(status), text)
}

// halves writes elements in two parts, after the server did not take them together.
func halves(ctx context.Context, s stream.Sink, elements []stream.Element) (int, error) {
	half := len(elements) / 2
	n, err := s.Write(ctx, elements[:half])
	if err != nil {
		return n, err
	}
	rest, err := s.Write(ctx, elements[half:])
	return n + rest, err
}
