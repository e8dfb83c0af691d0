// sarama, at its default protocol version and at the newest it knows. usage: sarama HOST:PORT
package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/IBM/sarama"

	"tidemark/test/campaign/clients/report"
)

type reader struct {
	wanted, got int
	done        context.CancelFunc
}

func (*reader) Setup(sarama.ConsumerGroupSession) error   { return nil }
func (*reader) Cleanup(sarama.ConsumerGroupSession) error { return nil }
func (r *reader) ConsumeClaim(session sarama.ConsumerGroupSession, claim sarama.ConsumerGroupClaim) error {
	for {
		select {
		case message, open := <-claim.Messages():
			if !open {
				return nil
			}
			session.MarkMessage(message, "")
			if r.got++; r.got == r.wanted {
				r.done()
			}
		case <-session.Context().Done():
			return nil
		}
	}
}

func main() {
	brokers := []string{os.Args[1]}
	for name, version := range map[string]sarama.KafkaVersion{"default": sarama.DefaultVersion, "newest": sarama.MaxVersion} {
		config := func() *sarama.Config {
			made := sarama.NewConfig()
			made.Version = version
			made.Producer.Return.Successes = true
			made.Consumer.Offsets.Initial = sarama.OffsetOldest
			return made
		}
		topic, group := report.Unique("sarama"), report.Unique("group")
		admin, err := sarama.NewClusterAdmin(brokers, config())
		report.Must(name+": connects", err)
		report.Must(name+": makes a topic", admin.CreateTopic(topic, &sarama.TopicDetail{NumPartitions: 1, ReplicationFactor: 1}, false))
		report.Check(name+": gives it a partition", admin.CreatePartitions(topic, 2, nil, false) == nil)

		sent := 0
		for _, codec := range []sarama.CompressionCodec{sarama.CompressionNone, sarama.CompressionGZIP, sarama.CompressionSnappy, sarama.CompressionLZ4, sarama.CompressionZSTD} {
			for _, acks := range []sarama.RequiredAcks{sarama.NoResponse, sarama.WaitForLocal, sarama.WaitForAll} {
				settings := config()
				settings.Producer.Compression = codec
				settings.Producer.RequiredAcks = acks
				if acks == sarama.WaitForAll {
					settings.Producer.Idempotent = true
					settings.Net.MaxOpenRequests = 1
				}
				producer, err := sarama.NewSyncProducer(brokers, settings)
				report.Must(name+": a producer starts", err)
				for i := range 5 {
					_, _, err = producer.SendMessage(&sarama.ProducerMessage{Topic: topic, Value: sarama.StringEncoder(fmt.Sprint(codec, acks, i))})
					report.Must(name+": sends", err)
					sent++
				}
				_ = producer.Close()
			}
		}
		report.Check(name+": sends every codec, acks 0, 1 and all (idempotent)", true)
		limit, done := context.WithTimeout(context.Background(), 20*time.Second)
		read := &reader{wanted: sent, done: done}
		consumer, err := sarama.NewConsumerGroup(brokers, group, config())
		report.Must(name+": joins a group", err)
		for limit.Err() == nil {
			if err := consumer.Consume(limit, []string{topic}, read); err != nil && limit.Err() == nil {
				report.Must(name+": reads", err)
			}
		}
		_ = consumer.Close()
		report.Check(name+": a group reads every record", read.got == sent, read.got, sent)
		report.Check(name+": deletes records", admin.DeleteRecords(topic, map[int32]int64{0: 3}) == nil)
		_, _, err = admin.DescribeCluster()
		report.Check(name+": describes the cluster", err == nil, err)
		err = admin.DeleteConsumerGroup(group)
		report.Check(name+": deletes the group", err == nil, err)
		report.Check(name+": deletes the topic", admin.DeleteTopic(topic) == nil)
		_ = admin.Close()
	}
	report.Refused("a transactional producer", 15*time.Second, func() error {
		settings := sarama.NewConfig()
		settings.Producer.Transaction.ID = "t"
		settings.Producer.Idempotent = true
		settings.Producer.RequiredAcks = sarama.WaitForAll
		settings.Producer.Return.Successes = true
		settings.Net.MaxOpenRequests = 1
		_, err := sarama.NewSyncProducer(brokers, settings)
		return err
	})
	report.Finish()
}
