// segmentio/kafka-go. usage: segment HOST:PORT
package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/segmentio/kafka-go"

	"tidemark/test/campaign/clients/report"
)

func main() {
	ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
	defer cancel()
	address := kafka.TCP(os.Args[1])
	client := &kafka.Client{Addr: address, Timeout: 10 * time.Second}
	topic, group := report.Unique("segment"), report.Unique("group")
	made, err := client.CreateTopics(ctx, &kafka.CreateTopicsRequest{Topics: []kafka.TopicConfig{{Topic: topic, NumPartitions: 1, ReplicationFactor: 1}}})
	report.Must("makes a topic", err)
	report.Must("makes a topic", made.Errors[topic])
	grown, err := client.CreatePartitions(ctx, &kafka.CreatePartitionsRequest{Topics: []kafka.TopicPartitionsConfig{{Name: topic, Count: 2}}})
	report.Check("gives it a partition", err == nil && grown.Errors[topic] == nil, err, grown)

	sent := 0
	for _, codec := range []kafka.Compression{0, kafka.Gzip, kafka.Snappy, kafka.Lz4, kafka.Zstd} {
		for _, acks := range []kafka.RequiredAcks{kafka.RequireNone, kafka.RequireOne, kafka.RequireAll} {
			writer := &kafka.Writer{Addr: address, Topic: topic, Compression: codec, RequiredAcks: acks, BatchTimeout: 10 * time.Millisecond}
			messages := make([]kafka.Message, 20)
			for i := range messages {
				messages[i] = kafka.Message{Key: []byte(fmt.Sprint(i)), Value: fmt.Append(nil, codec, acks, i)}
			}
			report.Must(fmt.Sprint("sends ", codec, acks), writer.WriteMessages(ctx, messages...))
			sent += len(messages)
			_ = writer.Close()
		}
	}
	report.Check("sends every codec, acks 0, 1 and all", true)
	read := func(wanted int) int {
		reader := kafka.NewReader(kafka.ReaderConfig{Brokers: []string{os.Args[1]}, GroupID: group, Topic: topic, StartOffset: kafka.FirstOffset, MaxWait: 200 * time.Millisecond})
		defer reader.Close()
		limit, stop := context.WithTimeout(ctx, 20*time.Second)
		defer stop()
		got := 0
		for ; got < wanted; got++ {
			if _, err := reader.ReadMessage(limit); err != nil {
				break
			}
		}
		return got
	}
	got := read(sent)
	report.Check("a group reads every record", got == sent, got, sent)
	writer := &kafka.Writer{Addr: address, Topic: topic, BatchTimeout: 10 * time.Millisecond}
	report.Must("sends one more", writer.WriteMessages(ctx, kafka.Message{Value: []byte("after")}))
	_ = writer.Close()
	got = read(1)
	report.Check("a later member goes on where the group committed", got == 1, got)
	_, err = client.IncrementalAlterConfigs(ctx, &kafka.IncrementalAlterConfigsRequest{Resources: []kafka.IncrementalAlterConfigsRequestResource{{
		ResourceType: kafka.ResourceTypeTopic, ResourceName: topic,
		Configs: []kafka.IncrementalAlterConfigsRequestConfig{{Name: "retention.ms", Value: "123456", ConfigOperation: kafka.ConfigOperationSet}},
	}}})
	report.Check("changes one setting", err == nil, err)
	groups, err := client.DeleteGroups(ctx, &kafka.DeleteGroupsRequest{GroupIDs: []string{group}})
	report.Check("deletes the group", err == nil && groups.Errors[group] == nil, err, groups)
	gone, err := client.DeleteTopics(ctx, &kafka.DeleteTopicsRequest{Topics: []string{topic}})
	report.Check("deletes the topic", err == nil && gone.Errors[topic] == nil, err, gone)
	report.Refused("a transactional producer", 5*time.Second, func() error {
		answer, err := client.InitProducerID(ctx, &kafka.InitProducerIDRequest{TransactionalID: "t", TransactionTimeoutMs: 10_000})
		if err != nil {
			return err
		}
		return answer.Error
	})
	report.Finish()
}
